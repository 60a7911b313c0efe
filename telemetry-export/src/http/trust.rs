//! Whose word is taken for who a receiver is.

use std::fs;
use std::sync::Arc;

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use crate::exporter::Undelivered;

/// TLS with the authorities of the file that `variable` names in the `environment`, else those of the machine (`SSL_CERT_FILE` and
/// `SSL_CERT_DIR` of the process say where they are, where they are said).
///
/// # Errors
/// When there is no authority.
pub(super) fn tls(
    variable: &str,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<TlsConfig, Undelivered> {
    let authorities = match environment(variable).filter(|path| !path.trim().is_empty()) {
        Some(path) => of_file(path.trim(), variable)?,
        None => of_machine(variable)?,
    };
    let config = TlsConfig::builder()
        .root_certs(RootCerts::Specific(Arc::new(authorities)))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()));
    Ok(config.build())
}

fn of_file(path: &str, variable: &str) -> Result<Vec<Certificate<'static>>, Undelivered> {
    let pem = fs::read(path).map_err(|error| {
        Undelivered::for_good(format!("{path}, which {variable} names, cannot be read: {error}"))
    })?;
    let authorities: Vec<_> = parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    match authorities.is_empty() {
        true => {
            let message = format!(
                "{path}, which {variable} names, holds no certificate: it must be a PEM file with one"
            );
            Err(Undelivered::for_good(message))
        }
        false => Ok(authorities),
    }
}

fn of_machine(variable: &str) -> Result<Vec<Certificate<'static>>, Undelivered> {
    let found = rustls_native_certs::load_native_certs();
    match found.certs.is_empty() {
        true => Err(Undelivered::for_good(format!(
            "this machine has no list of authorities for TLS: install its ca-certificates, or name a PEM file in \
             {variable}"
        ))),
        false => {
            Ok(found.certs.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect())
        }
    }
}
