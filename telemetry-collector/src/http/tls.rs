//! TLS, when there is a certificate.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{Error, InconsistentKeys, ServerConfig};
use tokio_rustls::TlsAcceptor;

/// Files in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, and those between it and an authority.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// A file that cannot be used: which, why, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// It cannot be read.
    #[error("{}: {why}: name a file that the collector may read", path.display())]
    Unread {
        /// Which.
        path: PathBuf,
        /// What the system says.
        why: std::io::Error,
    },
    /// It has no certificate, or one that is broken.
    #[error(
        "{}: no certificate that can be used: it must be in PEM, a server's own first, then those between it and an authority",
        .0.display()
    )]
    Certificate(PathBuf),
    /// It has no key, or one that is broken.
    #[error("{}: no private key that can be used: it must be in PEM, RSA, ECDSA or Ed25519, without a password", .0.display())]
    Key(PathBuf),
    /// They are not of each other.
    #[error(
        "{}: not the key of the certificate in {}: name two files that were made together",
        .0.key.display(), .0.certificate.display()
    )]
    Mismatch(TlsFiles),
}

/// The algorithms, the same for who answers and who asks.
pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// What speaks TLS 1.2 and 1.3 with that certificate. Files are read once, so a renewed certificate needs a restart.
///
/// # Errors
/// When one of the files cannot be used.
pub fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, TlsError> {
    let certificates = certificates(&files.certificate)?;
    let key =
        PrivateKeyDer::from_pem_file(&files.key).map_err(|error| unread(error, &files.key, TlsError::Key))?;
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_no_client_auth().with_single_cert(certificates, key))
        .map_err(|error| match error {
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => TlsError::Mismatch(files.clone()),
            Error::InvalidCertificate(_) => TlsError::Certificate(files.certificate.clone()),
            // It is only about the key that there is no kind of error of its own.
            _ => TlsError::Key(files.key.clone()),
        })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// The certificates of a file, of which there is one at least.
///
/// # Errors
/// When there is none.
pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| unread(error, path, TlsError::Certificate))?;
    if found.is_empty() { Err(TlsError::Certificate(path.to_owned())) } else { Ok(found) }
}

fn unread(error: pem::Error, path: &Path, broken: fn(PathBuf) -> TlsError) -> TlsError {
    match error {
        pem::Error::Io(why) => TlsError::Unread { path: path.to_owned(), why },
        _ => broken(path.to_owned()),
    }
}
