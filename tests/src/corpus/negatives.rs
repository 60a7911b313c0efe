//! What agents' logs are full of and what is no secret.

use super::random::Random;

/// A kind of text without a secret.
pub struct Negative {
    /// What it is.
    pub id: &'static str,
    /// Writes one.
    pub write: fn(&mut Random) -> String,
}

const fn negative(id: &'static str, write: fn(&mut Random) -> String) -> Negative {
    Negative { id, write }
}

/// All of them.
pub const NEGATIVES: &[Negative] = &[
    negative("UUID", |r| {
        let (a, b) = (r.fill("{uuid}"), r.fill("{uuid}"));
        format!(r#"{{"session_id":"{a}","trace":"{b}","request-id":"{a}"}} run {b} done"#)
    }),
    negative("git hashes", |r| {
        let (a, b) = (r.fill("{x40}"), r.fill("{x7}"));
        format!(
            "commit {a}\nAuthor: Ada <ada@acme.dev>\n\n    fix: tokens\n\nindex {b}..{b} 100644\nHEAD is now at {b}\nMerge: {b} {b}"
        )
    }),
    negative("image in base64", |r| {
        format!(
            r#"{{"type":"image_url","image_url":{{"url":"data:image/png;base64,iVBORw0KGgo{}=="}}}}"#,
            r.fill("{b900}")
        )
    }),
    negative("lock file", |r| {
        let (a, b) = (r.fill("{b86}"), r.fill("{x64}"));
        format!(
            "    \"node_modules/tokenizer\": {{\n      \"version\": \"2.1.3\",\n      \"integrity\": \"sha512-{a}==\"\n    }}\n[[package]]\nname = \"secrecy\"\nversion = \"0.10.3\"\nchecksum = \"{b}\"\n"
        )
    }),
    negative("digests", |r| {
        let a = r.fill("{x64}");
        format!(
            "docker.io/library/node@sha256:{a}\nsha256:{a}  -\n{a}  dist/app.tar.gz\nDigest: sha256:{a}\nmd5: {}",
            r.fill("{x32}")
        )
    }),
    negative("stand-ins", |r| {
        let name = r.one_of(&["OPENAI_API_KEY", "GITHUB_TOKEN", "DB_PASSWORD", "AWS_SECRET_ACCESS_KEY"]);
        let value = r.one_of(&[
            "sk-...",
            "<YOUR_API_KEY>",
            "your-api-key-here",
            "${API_KEY}",
            "$API_KEY",
            "xxxxxxxxxxxxxxxxxxxx",
            "changeme",
            "****************",
            "AKIAIOSFODNN7EXAMPLE",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "{{ api_key }}",
            "%API_KEY%",
            "$(cat /run/secrets/key)",
            "sk-xxxxxxxxxxxxxxxxxxxxxxxx",
            "REPLACE_ME",
            "<token>",
            "null",
            "your_token_here",
            "sk-proj-...",
        ]);
        format!(
            "export {name}={value}\n{name}=\"{value}\"\n{{\"{}\": \"{value}\"}}",
            name.to_ascii_lowercase()
        )
    }),
    negative("counts of tokens", |r| {
        let n = r.below(90_000);
        format!(
            r#"{{"usage":{{"prompt_tokens":{n},"completion_tokens":{},"total_tokens":{n},"token_count":{n}}},"max_tokens":4096,"max_output_tokens":8192}} tokens={n} token_budget: {n} cached_tokens={n}"#,
            n / 3
        )
    }),
    negative("ids of models", |r| {
        let (a, b, c) = (r.fill("{A24}"), r.fill("{A29}"), r.fill("{x50}"));
        format!(
            r#"{{"id":"chatcmpl-{b}","tool_calls":[{{"id":"call_{a}","type":"function"}}],"tool_use_id":"toolu_01{a}","message":"msg_01{a}","request_id":"req_011C{a}","resp":"resp_{c}","fc":"fc_{c}","rs":"rs_{c}","item_id":"msg_{c}"}}"#
        )
    }),
    negative("ids of assistants", |r| {
        let a = r.fill("{A24}");
        format!(
            r#"thread_{a} run_{a} asst_{a} file-{a} batch_{} gen-1767225600-{} ft:gpt-4o:acme::{}"#,
            r.fill("{x32}"),
            r.fill("{A20}"),
            r.fill("{A8}")
        )
    }),
    negative("ids of Hermes", |r| {
        format!(
            "session 20260101_000000_{} turn 20260101_000000_{}:task:{} run_{}",
            r.fill("{x6}"),
            r.fill("{x6}"),
            r.fill("{x8}"),
            r.fill("{x16}")
        )
    }),
    negative("models", |_| {
        "gpt-4o-mini-2024-07-18, claude-opus-4-5-20251101, anthropic/claude-3.5-sonnet-20241022:beta, meta-llama/Llama-3.3-70B-Instruct-Turbo, text-embedding-3-small, gemini-2.5-pro-preview-05-06, cl100k_base, o200k_harmony".to_owned()
    }),
    negative("packages", |_| {
        "eslint-plugin-react-hooks@5.2.0 @typescript-eslint/eslint-plugin-tslint sk-learn-contrib-py39 tokio-tungstenite-0.24.0 python3-secretstorage_3.3.3-2_all.deb libsecret-1-0 keyring==25.6.0 passlib[bcrypt]>=1.7 js-tokens@^4.0.0 token-types".to_owned()
    }),
    negative("style sheet", |_| {
        ".Button_primary__3xYzA{color:#ff00aa;background:url(data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4=)} .token.keyword{color:#07a} .css-1q2w3e4r5t-MuiButton-root{--token-color:#fff}".to_owned()
    }),
    negative("minified code", |r| {
        format!(
            "!function(e,t){{var n={{}};function r(o){{if(n[o])return n[o].exports;var i=n[o]={{i:o,l:!1}};return e[o].call(i.exports),i.l=!0}}r.m=e,r.c=n,t.key=function(e){{return e.key||\"{}\"}},t.token=null}}(window);//# sourceMappingURL=main.{}.js.map",
            r.fill("k{d1}"),
            r.fill("{x8}")
        )
    }),
    negative("code about secrets", |_| {
        concat!(
        "password = getpass.getpass()\napi_key = os.environ[\"OPENAI_API_KEY\"]\ntoken = request.headers.get(\"Authorization\")\n",
        "def login(user: str, password: str) -> Token:\n    if not verify_password(password, user.password_hash):\n        raise InvalidPassword(\"wrong password\")\n",
        "const apiKey = process.env.API_KEY;\nconst { token, secret } = await getCredentials();\nlet secretKey: String = config.secret_key.clone();\n",
        "client = Client(api_key=api_key, token=self.token, password=args.password)\nif (token === null) return;\n"
    ).to_owned()
    }),
    negative("schema", |_| {
        r#"{"properties":{"password":{"type":"string","description":"The password of the user"},"api_key":{"type":"string"},"token":{"type":"string","format":"password"},"key":{"type":"string","description":"Key to press, such as ctrl+c"},"secret":{"type":"boolean"}},"required":["password","token"]}"#.to_owned()
    }),
    negative("interface texts", |_| {
        r#"{"login.password":"Password","login.forgot":"Forgot your password?","password":"Enter your password","errors.token":"Your session token has expired","apiKey":"API key","label":"Secret key"}"#.to_owned()
    }),
    negative("prose", |_| {
        "The token bucket refills every second. Set the password in the settings, and keep the secret key safe. Basic authentication is enough; a bearer token would be better. Password: required. Key: value. The API key must be set. Auth: none. Secret: no.".to_owned()
    }),
    negative("fields called key", |r| {
        format!(
            r#"{{"key":"Enter","primary_key":"id","cache_key":"{}","idempotency_key":"{}","partition_key":"user:17","s3_key":"uploads/2026/01/report.pdf","sort_key":"created_at","public_key":"{}","foreign_key":"orders.user_id","key_id":"{}"}}"#,
            r.fill("{x32}"),
            r.fill("{uuid}"),
            r.fill("{b43}="),
            r.fill("{x16}")
        )
    }),
    negative("fields called token", |r| {
        format!(
            r#"{{"token_type":"bearer","next_page_token":"{}","eos_token":"<|endoftext|>","pad_token_id":0,"tokenizer":"o200k_base","stop_token":"END","token_endpoint":"https://auth.acme.dev/oauth/token","continuation_token":"{}"}}"#,
            r.fill("{A40}"),
            r.fill("{b60}")
        )
    }),
    negative("certificates and public keys", |r| {
        format!(
            "-----BEGIN CERTIFICATE-----\nMIID{}\n{}\n-----END CERTIFICATE-----\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{} ada@laptop\n-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----",
            r.fill("{b60}"),
            r.fill("{b64}"),
            r.fill("{b43}"),
            r.fill("{b64}")
        )
    }),
    negative("signatures of thinking", |r| {
        format!(
            r#"{{"type":"thinking","thinking":"hm","signature":"EqQBCkYIARgCKkBJ{}=="}}"#,
            r.fill("{b260}")
        )
    }),
    negative("times and numbers", |r| {
        format!(
            "ts=1767225605687524811 latency_ns=844721079 price=$1,299.99 at 2026-01-01T00:00:05.687Z build 20260101.3 v1.2.3-rc.4+build.567 0x7ffd5e8a9b10 {} {}",
            r.fill("{d16}"),
            r.fill("{d19}")
        )
    }),
    negative("paths", |r| {
        format!(
            "/usr/lib/python3/dist-packages/keyring/backends/SecretService.py:120 src/auth/token_store.rs tests/test_password_reset.py .ssh/id_ed25519.pub node_modules/.cache/{}.json /tmp/pytest-of-ada/pytest-17/test_key0 /proc/sys/kernel/random/boot_id",
            r.fill("{x40}")
        )
    }),
    negative("addresses", |r| {
        format!(
            "https://docs.acme.dev/api/authentication#api-keys https://github.com/acme/app/commit/{} https://cdn.acme.dev/assets/index-{}.js?v={} git@github.com:acme/app.git ssh://git@acme.dev/x.git http://localhost:8080/?token= https://acme.dev/p/{}",
            r.fill("{x40}"),
            r.fill("{A8}"),
            r.fill("{x8}"),
            r.fill("{A11}")
        )
    }),
    negative("stand-ins in addresses", |_| {
        "postgres://user:password@localhost:5432/db mysql://root:${MYSQL_PASSWORD}@db/app redis://:<password>@host:6379 https://user:***@acme.dev amqp://{user}:{password}@mq mongodb://username:password@host/".to_owned()
    }),
    negative("traces", |r| {
        format!(
            "traceparent: 00-{}-{}-01\nx-request-id: {}\ncf-ray: {}-FRA\netag: W/\"{}\"\nx-amz-request-id: {}",
            r.fill("{x32}"),
            r.fill("{x16}"),
            r.fill("{uuid}"),
            r.fill("{x16}"),
            r.fill("{x32}"),
            r.fill("{U16}")
        )
    }),
    negative("nonces of test vectors", |r| {
        format!(
            "nonce = {}\nPT = {}\nCT = {}\nTag = {}\niv: {}\n",
            r.fill("{x24}"),
            r.fill("{x64}"),
            r.fill("{x64}"),
            r.fill("{x32}"),
            r.fill("{x32}")
        )
    }),
    negative("processes", |r| {
        format!(
            "PID   COMMAND\n{}  ssh-agent -s\n{}  gpg-agent --homedir /root/.gnupg --use-standard-socket\ncontainer {}  Up 3 hours  acme/auth-service:1.4.2\npod/auth-token-refresher-{}-{}",
            r.below(9000),
            r.below(9000),
            r.fill("{x12}"),
            r.fill("{a9}"),
            r.fill("{a5}")
        )
    }),
    negative("policy of passwords", |_| {
        "password_min_length: 12\npassword_policy: strict\npassword_reset_timeout: 3600\nsecret_name: db-credentials\nsecretName: tls-cert\npassword_file: /run/secrets/db\nPASSWORD_HASHERS = [\"argon2\"]\nkey_rotation_days = 90\nauth_method: oidc\npass: 17, fail: 2\n".to_owned()
    }),
    negative("identifiers in code", |_| {
        "test_the_redactor_keeps_what_is_not_a_secret_and_drops_what_is HTTPSConnectionPoolWithRetriesAndBackoff2024 useMemoizedSelectorWithShallowEqual AbstractSingletonProxyFactoryBean getElementsByClassName_v2_final __webpack_require__ X_OPENAI_INTERNAL_ALLOW_INSECURE is-generic-token-validator".to_owned()
    }),
    negative("events of other systems", |r| {
        format!(
            r#"{{"customer":"cus_{}","payment_intent":"pi_{}","event":"evt_{}","price":"price_{}","publishable":"pk_live_{}"}}"#,
            r.fill("{A14}"),
            r.fill("{A24}"),
            r.fill("{A24}"),
            r.fill("{A24}"),
            r.fill("{A24}")
        )
    }),
    negative("documents of Kubernetes", |r| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  uid: {}\n  resourceVersion: \"{}\"\nspec:\n  containers:\n  - env:\n    - name: API_KEY\n      valueFrom:\n        secretKeyRef:\n          name: acme\n          key: api-key\n    - name: TOKEN\n      value: $(API_TOKEN)\n",
            r.fill("{uuid}"),
            r.below(90_000)
        )
    }),
    negative("workflows", |_| {
        "env:\n  GITHUB_TOKEN: ${{ secrets.GITHUB_TOKEN }}\n  NPM_TOKEN: ${{ secrets.NPM_TOKEN }}\nwith:\n  token: ${{ github.token }}\n  password: ${{ secrets.DOCKER_PASSWORD }}\n  key: ${{ runner.os }}-cargo-${{ hashFiles('**/Cargo.lock') }}\n".to_owned()
    }),
    negative("wheels and archives", |r| {
        format!(
            "Downloading https://files.pythonhosted.org/packages/{}/{}/{}/tokenizers-0.21.0-cp39-abi3-manylinux_2_17_x86_64.whl (3.0 MB)\n  sha256={}\nCollecting keyrings.alt==5.0.2",
            r.fill("{x2}"),
            r.fill("{x2}"),
            r.fill("{x60}"),
            r.fill("{x64}")
        )
    }),
];
