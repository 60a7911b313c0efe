//! Where a credential stands: the texts of an agent's day.

use super::random::Random;

/// A kind of text, written around a variable's name and a secret.
pub struct Place {
    /// What it is.
    pub name: &'static str,
    /// Writes it.
    pub write: fn(&mut Random, &str, &str) -> String,
}

const fn place(name: &'static str, write: fn(&mut Random, &str, &str) -> String) -> Place {
    Place { name, write }
}

/// `GITHUB_TOKEN` as `githubToken`.
fn camel(name: &str) -> String {
    let mut words = name.split('_').map(str::to_ascii_lowercase);
    let mut camel = words.next().unwrap_or_default();
    for word in words {
        camel += &word[..1].to_ascii_uppercase();
        camel += &word[1..];
    }
    camel
}

fn snake(name: &str) -> String {
    name.to_ascii_lowercase()
}

fn kebab(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// Places for a credential whose form says what it is (`bare`), or for one that needs its name.
pub fn all(bare: bool) -> Vec<&'static Place> {
    NAMED.iter().chain(if bare { BARE } else { &[] }).collect()
}

const NAMED: &[Place] = &[
    place("environment file", |r, n, s| {
        format!("# local settings\nPORT=8080\n{n}={s}\nLOG_LEVEL={}\n", r.one_of(&["debug", "info"]))
    }),
    place("environment file, quoted", |_, n, s| format!("DEBUG=true\n{n}=\"{s}\"\nTIMEOUT=30\n")),
    place("shell export", |_, n, s| format!("$ export {n}={s}\n$ make deploy")),
    place("shell export, quoted", |_, n, s| format!("export {n}='{s}' && ./run.sh --fast")),
    place("shell, for one command", |_, n, s| format!("{n}={s} npm run build")),
    place("JSON", |_, n, s| format!(r#"{{"region":"eu-west-1","{}":"{s}","retries":3}}"#, snake(n))),
    place("JSON, camel case, indented", |_, n, s| {
        format!("{{\n  \"name\": \"app\",\n  \"{}\": \"{s}\",\n  \"port\": 443\n}}", camel(n))
    }),
    place("JSON in JSON", |_, n, s| {
        let inner = format!(r#"{{"cmd":"login","{}":"{s}"}}"#, snake(n));
        format!(r#"{{"role":"tool","tool_call_id":"call_9aXbQ2","content":"{}"}}"#, escaped(&inner))
    }),
    place("JSON in JSON in JSON", |_, n, s| {
        let inner = escaped(&format!(r#"{{"env":{{"{n}":"{s}"}}}}"#));
        let middle = escaped(&format!(r#"{{"arguments":"{inner}"}}"#));
        format!(r#"{{"event":"tool","payload":"{middle}"}}"#)
    }),
    place("tool output in JSON", |_, n, s| {
        format!(r#"{{"exit_code":0,"output":"PATH=/usr/bin\n{n}={s}\nHOME=/root\n"}}"#)
    }),
    place("YAML", |_, n, s| format!("service:\n  replicas: 2\n  {}: {s}\n  image: app:1.4\n", snake(n))),
    place("YAML, quoted", |_, n, s| format!("auth:\n  {}: \"{s}\"\n", camel(n))),
    place("Kubernetes environment", |_, n, s| {
        format!("env:\n  - name: {n}\n    value: \"{s}\"\n  - name: MODE\n    value: fast\n")
    }),
    place("TOML", |_, n, s| format!("[server]\nport = 8080\n{} = \"{s}\"\n", snake(n))),
    place("INI", |_, n, s| format!("[default]\n{} = {s}\nregion = us-east-1\n", snake(n))),
    place("Java properties", |_, n, s| format!("server.port=8080\nacme.{}={s}\n", kebab(n))),
    place("Terraform", |_, n, s| {
        format!("variable \"x\" {{}}\nprovider \"acme\" {{\n  {} = \"{s}\"\n}}\n", snake(n))
    }),
    place("Python", |_, n, s| format!("import acme\n\n{n} = \"{s}\"\nclient = acme.Client(timeout=30)\n")),
    place("Python, argument", |_, n, s| {
        format!("client = Client(host=\"api\", {}='{s}', retries=2)", snake(n))
    }),
    place("Python, environment", |_, n, s| format!("os.environ[\"{n}\"] = \"{s}\"")),
    place("Python, typed", |_, n, s| {
        format!("class Config:\n    {}: str = \"{s}\"\n    port: int = 80\n", snake(n))
    }),
    place("JavaScript", |_, n, s| format!("const {} = '{s}';\nawait connect();", camel(n))),
    place("JavaScript, object", |_, n, s| {
        format!("new Client({{ region: 'eu', {}: '{s}', debug: true }})", camel(n))
    }),
    place("JavaScript, environment", |_, n, s| format!("process.env.{n} = \"{s}\";")),
    place("Rust", |_, n, s| format!("const {n}: &str = \"{s}\";\nfn main() {{}}\n")),
    place("Go", |_, n, s| format!("cfg := Config{{\n\tHost: \"x\",\n\t{}: \"{s}\",\n}}\n", camel(n))),
    place("C#", |_, n, s| format!("private const string {} = \"{s}\";", camel(n))),
    place("PowerShell", |_, n, s| format!("PS C:\\> $env:{n} = \"{s}\"\nPS C:\\> .\\deploy.ps1")),
    place("Windows setx", |_, n, s| format!("C:\\> setx {n} \"{s}\"")),
    place("Dockerfile", |_, n, s| format!("FROM node:20\nENV {n}={s}\nRUN npm ci\n")),
    place("Dockerfile, with a blank", |_, n, s| format!("FROM debian:12\nENV {n} {s}\nWORKDIR /app\n")),
    place("docker run", |_, n, s| format!("docker run --rm -e {n}={s} -p 80:80 acme/app:latest")),
    place("flag with a blank", |_, n, s| format!("acme-cli push --{} {s} --verbose", kebab(n))),
    place("flag with a sign", |_, n, s| format!("acme-cli push --{}={s} --dry-run", kebab(n))),
    place("header", |_, n, s| {
        format!("GET /v1/items HTTP/1.1\nHost: api.acme.dev\nX-{}: {s}\nAccept: */*\n", kebab(n))
    }),
    place("header of curl", |_, n, s| {
        format!("curl -s -H 'X-{}: {s}' https://api.acme.dev/v1/items", kebab(n))
    }),
    place("header in Python", |_, n, s| {
        format!("requests.get(url, headers={{\"X-{}\": \"{s}\"}})", kebab(n))
    }),
    place("query", |_, n, s| {
        format!("GET https://api.acme.dev/v1/items?limit=10&{}={s}&page=2 200 OK", snake(n))
    }),
    place("log line", |r, n, s| {
        format!(
            "2026-03-0{} 12:00:01,123 INFO acme.client connecting {}={s} attempt=1",
            r.below(9) + 1,
            snake(n)
        )
    }),
    place("log line, structured", |_, n, s| {
        format!("level=warn ts=1767225600 msg=\"retry\" {}=\"{s}\" status=401", snake(n))
    }),
    place("diff", |_, n, s| format!("@@ -1,3 +1,3 @@\n DEBUG=true\n-{n}=\n+{n}={s}\n PORT=80\n")),
    place("markdown", |_, n, s| format!("## Setup\n\n```sh\nexport {n}=\"{s}\"\n```\n\nThen run `make`.\n")),
    place("message of a person", |_, n, s| {
        format!(r#"{{"messages":[{{"role":"user","content":"Here is my {n}: {s}\nPlease deploy."}}]}}"#)
    }),
    place("arguments of a tool", |_, n, s| {
        let arguments = escaped(&format!(r#"{{"command":"{n}={s} ./deploy"}}"#));
        format!(
            r#"{{"tool_calls":[{{"id":"call_8Zt3","type":"function","function":{{"name":"terminal","arguments":"{arguments}"}}}}]}}"#
        )
    }),
    place("workflow file", |_, n, s| format!("jobs:\n  build:\n    env:\n      {n}: {s}\n    steps: []\n")),
    place("XML", |_, n, s| format!("<settings>\n  <{0}>{s}</{0}>\n</settings>", camel(n))),
    place("XML attribute", |_, n, s| format!("<add key=\"{}\" value=\"{s}\" />", camel(n))),
    place("shell history", |r, n, s| format!("  {}  export {n}={s}\n  502  ls -la\n", r.below(500))),
    place("Ruby", |_, n, s| format!("config.{} = '{s}'\nconfig.x = 1", snake(n))),
    place("PHP", |_, n, s| format!("define('{n}', '{s}');")),
    place("list of pairs", |_, n, s| format!(r#"[["Accept","*/*"],["{n}","{s}"]]"#)),
    place("environment dump", |_, n, s| format!("{{'PATH': '/bin', '{n}': '{s}', 'SHELL': '/bin/sh'}}")),
];

const BARE: &[Place] = &[
    place("error message", |_, _, s| {
        format!("AuthenticationError: Incorrect API key provided: {s}. You can find yours in settings.")
    }),
    place("prose", |_, _, s| format!("I used {s} for the request and it worked, but the second one failed.")),
    place("backticks", |_, _, s| format!("The value is `{s}` in production.")),
    place("alone", |_, _, s| s.to_owned()),
    place("alone on a line", |_, _, s| format!("$ cat credential.txt\n{s}\n$ ls\nREADME.md\n")),
    place("bearer", |_, _, s| format!("curl -H \"Authorization: Bearer {s}\" https://api.acme.dev/v1")),
    place("bearer in JSON", |_, _, s| {
        format!(r#"{{"headers":{{"Authorization":"Bearer {s}","Accept":"application/json"}}}}"#)
    }),
    place("authorization without scheme", |_, _, s| {
        format!("authorization: {s}\ncontent-type: application/json\n")
    }),
    place("table", |_, _, s| format!("| service | value |\n| --- | --- |\n| acme | {s} |\n")),
    place("columns", |_, _, s| {
        format!("acme-prod      {s}      2026-01-01   active\nacme-dev       none       -   inactive\n")
    }),
    place("parentheses", |_, _, s| format!("(see {s}, rotated yesterday)")),
    place("comma-separated", |_, _, s| format!("id,owner,value\n17,ada,{s}\n18,ben,none\n")),
    place("address path", |_, _, s| format!("POST https://hooks.acme.dev/in?{s}")),
    place("git remote", |_, _, s| format!("origin\thttps://oauth2:{s}@git.acme.dev/team/app.git (fetch)")),
    place("string in code", |_, _, s| format!("client.connect(\"{s}\")")),
    place("list in JSON", |_, _, s| format!(r#"{{"args":["--quiet","{s}","build"],"cwd":"/app"}}"#)),
    place("escaped line", |_, _, s| format!(r#"{{"stdout":"first\n{s}\nlast","code":0}}"#)),
    place("deleted line of a diff", |_, _, s| format!("-  use(\"{s}\")\n+  use(secret)\n")),
];
