//! Credentials that are a structure of their own.

use super::random::Random;

/// A structure, and a text with one in it and the secrets of it.
pub struct Structure {
    /// What it is.
    pub id: &'static str,
    /// Writes one.
    pub write: fn(&mut Random) -> (String, Vec<String>),
}

const fn structure(id: &'static str, write: fn(&mut Random) -> (String, Vec<String>)) -> Structure {
    Structure { id, write }
}

fn base64url(text: &str) -> String {
    Random::base64(text.as_bytes()).trim_end_matches('=').replace('+', "-").replace('/', "_")
}

fn jwt(random: &mut Random) -> String {
    let head = base64url(r#"{"alg":"HS256","typ":"JWT"}"#);
    let body = base64url(&format!(
        r#"{{"sub":"{}","iat":17672256{}}}"#,
        random.fill("{d10}"),
        random.below(90) + 10
    ));
    format!("{head}.{body}.{}", random.fill("{u43}"))
}

fn pem_lines(random: &mut Random) -> Vec<String> {
    let count = random.below(10) + 8;
    let mut lines: Vec<String> = (0..count).map(|_| random.fill("{b64}")).collect();
    lines.push(format!("{}==", random.fill("{b30}")));
    lines
}

/// All of them.
pub const STRUCTURES: &[Structure] = &[
    structure("private key", |r| {
        let kind = r.one_of(&[
            "RSA PRIVATE KEY",
            "PRIVATE KEY",
            "OPENSSH PRIVATE KEY",
            "EC PRIVATE KEY",
            "ENCRYPTED PRIVATE KEY",
        ]);
        let lines = pem_lines(r);
        let text =
            format!("$ cat id\n-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n$ ls", lines.join("\n"));
        (text, lines)
    }),
    structure("private key in JSON", |r| {
        let lines = pem_lines(r);
        let key =
            format!("-----BEGIN PRIVATE KEY-----\\n{}\\n-----END PRIVATE KEY-----\\n", lines.join("\\n"));
        let text = format!(
            r#"{{"type":"service_account","project_id":"acme","private_key":"{key}","client_id":"1{}"}}"#,
            r.fill("{d20}")
        );
        (text, lines)
    }),
    structure("private key, cut off", |r| {
        let lines = pem_lines(r);
        (format!("key:\n-----BEGIN RSA PRIVATE KEY-----\n{}", lines.join("\n")), lines)
    }),
    structure("private key in code", |r| {
        let lines = pem_lines(r);
        let quoted: Vec<String> = lines.iter().map(|line| format!("  \"{line}\\n\"")).collect();
        let text = format!(
            "key = (\n  \"-----BEGIN RSA PRIVATE KEY-----\\n\"\n{}\n  \"-----END RSA PRIVATE KEY-----\\n\"\n)",
            quoted.join("\n")
        );
        (text, lines)
    }),
    structure("JSON web token", |r| {
        let token = jwt(r);
        let text = match r.below(4) {
            0 => format!("Authorization: Bearer {token}"),
            1 => format!(r#"{{"id_token":"{token}","expires_in":3600}}"#),
            2 => format!("decoded {token} fine"),
            _ => format!("Cookie: theme=dark; jwt={token}; lang=en"),
        };
        (text, vec![token])
    }),
    structure("basic authorization", |r| {
        let password = r.password();
        let encoded = Random::base64(format!("admin:{password}").as_bytes());
        (format!("GET / HTTP/1.1\nAuthorization: Basic {encoded}\nAccept: */*\n"), vec![encoded])
    }),
    structure("basic authorization of curl", |r| {
        let password = r.fill("{A14}");
        (format!("curl -u deploy:{password} -X POST https://repo.acme.dev/upload"), vec![password])
    }),
    structure("session cookie", |r| {
        let value = r.fill("{A32}");
        (format!("Cookie: theme=dark; session_id={value}; lang=en\nAccept: */*\n"), vec![value])
    }),
    structure("set-cookie", |r| {
        let value = r.fill("s%3A{u32}.{A43}");
        (format!("< Set-Cookie: connect.sid={value}; Path=/; HttpOnly; SameSite=Lax"), vec![value])
    }),
    structure("database address", |r| {
        let password = r.fill("{A18}");
        let scheme = r.one_of(&["postgres", "postgresql", "mysql", "mongodb+srv", "redis", "amqps"]);
        let text = match r.below(3) {
            0 => format!("DATABASE_URL={scheme}://app:{password}@db.acme.internal:5432/main?sslmode=require"),
            1 => format!(r#"{{"dsn":"{scheme}://app:{password}@10.0.0.7/main"}}"#),
            _ => format!("could not connect to {scheme}://app:{password}@db.acme.internal/main: timeout"),
        };
        (text, vec![password])
    }),
    structure("ODBC connection", |r| {
        let password = r.fill("{A16}");
        (
            format!(
                "Server=tcp:db.acme.dev,1433;Database=main;User ID=app;Password={password};Encrypt=True;"
            ),
            vec![password],
        )
    }),
    structure("Azure storage connection", |r| {
        let key = format!("{}==", r.fill("{b86}"));
        (
            format!(
                "DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={key};EndpointSuffix=core.windows.net"
            ),
            vec![key],
        )
    }),
    structure("Azure shared access signature", |r| {
        let signature = r.fill("{A43}%3D");
        (
            format!(
                "https://acme.blob.core.windows.net/c/f?sv=2024-05-04&se=2026-01-01&sr=b&sp=r&sig={signature}"
            ),
            vec![signature],
        )
    }),
    structure("AWS credentials file", |r| {
        let (id, secret) = (r.fill("AKIA{216}"), r.fill("{b40}"));
        (
            format!(
                "[default]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\nregion = eu-west-1\n"
            ),
            vec![id, secret],
        )
    }),
    structure("AWS pair without names", |r| {
        let (id, secret) = (r.fill("AKIA{216}"), r.fill("{b40}"));
        (format!("User name,Access key ID,Secret access key\ndeploy,{id},{secret}\n"), vec![id, secret])
    }),
    structure("netrc", |r| {
        let password = r.fill("{A20}");
        (format!("machine api.acme.dev\n  login deploy\n  password {password}\n"), vec![password])
    }),
    structure("npmrc", |r| {
        let token = r.fill("{uuid}");
        (
            format!("registry=https://npm.acme.dev/\n//npm.acme.dev/:_authToken={token}\nalways-auth=true\n"),
            vec![token],
        )
    }),
    structure("Docker config", |r| {
        let encoded = Random::base64(format!("robot:{}", r.fill("{A28}")).as_bytes());
        (format!(r#"{{"auths":{{"registry.acme.dev":{{"auth":"{encoded}"}}}}}}"#), vec![encoded])
    }),
    structure("kubeconfig", |r| {
        let token = r.fill("{A40}");
        (format!("users:\n- name: admin\n  user:\n    token: {token}\ncurrent-context: prod\n"), vec![token])
    }),
    structure("Kubernetes secret", |r| {
        let value = Random::base64(r.fill("{A24}").as_bytes());
        (
            format!("apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  password: {value}\n"),
            vec![value],
        )
    }),
    structure("Slack webhook", |r| {
        let part = r.fill("T{U9}/B{U10}/{A24}");
        (format!("curl -d '{{}}' https://hooks.slack.com/services/{part}"), vec![part])
    }),
    structure("Discord webhook", |r| {
        let part = r.fill("{d18}/{u68}");
        (format!("webhook: https://discord.com/api/webhooks/{part}"), vec![part])
    }),
    structure("password", |r| {
        let password = r.password();
        let text = match r.below(8) {
            0 => format!("DB_PASSWORD={password}"),
            1 => format!(r#"{{"username":"ada","password":"{password}"}}"#),
            2 => format!("db:\n  user: app\n  password: \"{password}\"\n"),
            3 => format!("connect(user='app', passwd='{password}')"),
            4 => format!("export PGPASSWORD='{password}'; psql -h db"),
            5 => format!("ALTER USER app WITH PASSWORD '{password}';"),
            6 => format!("<password>{password}</password>"),
            _ => format!("mysqldump --user=app --password={password} main"),
        };
        (text, vec![password])
    }),
    structure("git remote with a token", |r| {
        let token = r.fill("{A40}");
        (format!("remote: https://{token}@git.acme.dev/team/app.git"), vec![token])
    }),
    structure("Sentry DSN", |r| {
        let key = r.fill("{x32}");
        (format!("SENTRY_DSN=https://{key}@o12345.ingest.sentry.io/67890"), vec![key])
    }),
    structure("Digest of a proxy", |r| {
        let token = r.fill("{A44}");
        (format!("Proxy-Authorization: Negotiate {token}==\nHost: x\n"), vec![token])
    }),
    structure("OAuth answer", |r| {
        let (access, refresh) = (r.fill("{A64}"), r.fill("{A64}"));
        (
            format!(
                r#"{{"access_token":"{access}","token_type":"Bearer","expires_in":3600,"refresh_token":"{refresh}","scope":"read"}}"#
            ),
            vec![access, refresh],
        )
    }),
    structure("form body", |r| {
        let secret = r.fill("{A32}");
        (
            format!("grant_type=client_credentials&client_id=acme&client_secret={secret}&scope=read"),
            vec![secret],
        )
    }),
];
