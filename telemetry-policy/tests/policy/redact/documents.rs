use serde_json::{Value, json};
use telemetry_policy::redact::Shape;

use super::{redactor, without_tags};

/// What a document comes to, with each tag as `#`.
fn redacted(mut document: Value, shape: Shape) -> Value {
    redactor().redact_json(&mut document, shape);
    serde_json::from_str(&without_tags(&document.to_string())).unwrap()
}

/// A token in the form of GitHub's, put together so that this file holds none.
fn token() -> String {
    format!("ghp_{}", "k3Jd82hQm1Xw7Lp0Zs9Vb4Nc6Rt5Yf2GaEu8")
}

#[test]
fn each_text_by_the_name_it_stands_under() {
    let document = json!({
        "user": "ada", "password": "hunter22", "pin": 1234, "max_tokens": 4096, "token_count": 17, "stream": true,
        "db": {"passwd": 12345678, "port": 5432},
        "env": [{"name": "API_KEY", "value": "zK3mQ9xTf7Lw2Rb8Yd5V"}, {"name": "MODE", "value": "fast"}],
        "api_key": null, "headers": {"Authorization": "Bearer zK3mQ9xTf7Lw2Rb8Yd5V", "Accept": "*/*"},
    });
    assert_eq!(
        redacted(document, Shape::Any),
        json!({
            "user": "ada", "password": "[password]", "pin": 1234, "max_tokens": 4096, "token_count": 17, "stream": true,
            "db": {"passwd": "[password]", "port": 5432},
            "env": [{"name": "API_KEY", "value": "[credential]"}, {"name": "MODE", "value": "fast"}],
            "api_key": null, "headers": {"Authorization": "[authorization]", "Accept": "*/*"},
        })
    );
}

#[test]
fn json_inside_of_strings_stays_json() {
    let inner = json!({"command": "deploy", "env": {"API_KEY": "zK3mQ9xTf7Lw2Rb8Yd5V", "RETRIES": 3}, "password": 87654321});
    let outer = json!({"arguments": inner.to_string(), "again": json!({"x": inner.to_string()}).to_string()});
    let redacted = redacted(outer, Shape::Any);
    let parse = |text: &Value| -> Value { serde_json::from_str(text.as_str().unwrap()).unwrap() };
    let expected = json!({"command": "deploy", "env": {"API_KEY": "[credential]", "RETRIES": 3}, "password": "[password]"});
    assert_eq!(parse(&redacted["arguments"]), expected);
    assert_eq!(parse(&parse(&redacted["again"])["x"]), expected);
}

#[test]
fn a_name_that_is_a_secret_goes_too() {
    let mut document = serde_json::Map::new();
    document.insert(token(), json!("ada"));
    assert_eq!(redacted(Value::Object(document), Shape::Any), json!({"[github-pat]": "ada"}));
}

#[test]
fn chat_completions() {
    let arguments = json!({"command": format!("GITHUB_TOKEN={} ./deploy", token())}).to_string();
    let document = json!({
        "id": "chatcmpl-9nK1fXaQ8ZtB3vLwxKdmRb7nYcVp2", "model": "gpt-4o", "object": "chat.completion",
        "choices": [{"index": 0, "finish_reason": "tool_calls", "message": {"role": "assistant", "content": format!("use {}", token()),
            "tool_calls": [{"id": "call_Zk8NqPw3LmXv72BtYcRsDf4G", "type": "function",
                "function": {"name": "set_api_key", "arguments": arguments}}]}}],
        "usage": {"prompt_tokens": 12, "total_tokens": 17},
    });
    let mut expected = document.clone();
    expected["choices"][0]["message"]["content"] = json!("use [github-pat]");
    expected["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] =
        json!(r#"{"command":"GITHUB_TOKEN=[github-pat] ./deploy"}"#);
    for shape in [Shape::OpenAiChat, Shape::Any] {
        assert_eq!(redacted(document.clone(), shape), expected);
    }
}

#[test]
fn messages() {
    let document = json!({
        "id": "msg_01XFDUDYJgAACzvnptvVoYEL", "type": "message", "role": "assistant", "model": "claude-opus-4-5", "stop_reason": "tool_use",
        "content": [
            {"type": "thinking", "thinking": "a password: hunter22!", "signature": "EqQBCkYIARgCKkBJzK3mQ9xTf7Lw2Rb8Yd5Vn1Hs=="},
            {"type": "text", "text": format!("it is {}", token())},
            {"type": "tool_use", "id": "toolu_01A09q90qw90lq917835lq9", "name": "bash", "input": {"password": "hunter22", "n": 3}},
            {"type": "tool_result", "tool_use_id": "toolu_01A09q90qw90lq917835lq9", "content": [{"type": "text", "text": "PGPASSWORD=hunter22"}]},
        ],
    });
    let mut expected = document.clone();
    expected["content"][0]["thinking"] = json!("a password: [password]!");
    expected["content"][1]["text"] = json!("it is [github-pat]");
    expected["content"][2]["input"]["password"] = json!("[password]");
    expected["content"][3]["content"][0]["text"] = json!("PGPASSWORD=[password]");
    for shape in [Shape::AnthropicMessages, Shape::Any] {
        assert_eq!(redacted(document.clone(), shape), expected);
    }
}

#[test]
fn responses() {
    let document = json!({
        "id": "resp_67ccd2bed1ec8190b14f964abc0542670bb6a6b452d3795b", "object": "response", "model": "gpt-5",
        "output": [
            {"type": "reasoning", "id": "rs_67ccd2bf17f0819081ff3bb2cf6508e6", "encrypted_content": "zK3mQ9xTf7Lw2Rb8Yd5Vn1HszK3mQ9xTf7Lw2Rb8", "summary": []},
            {"type": "function_call", "call_id": "call_Zk8NqPw3LmXv72BtYcRsDf4G", "name": "login", "arguments": "{\"password\":\"hunter22\"}"},
            {"type": "function_call_output", "call_id": "call_Zk8NqPw3LmXv72BtYcRsDf4G", "output": "DB_PASSWORD=hunter22"},
        ],
    });
    let mut expected = document.clone();
    expected["output"][1]["arguments"] = json!(r#"{"password":"[password]"}"#);
    expected["output"][2]["output"] = json!("DB_PASSWORD=[password]");
    for shape in [Shape::OpenAiResponses, Shape::Any] {
        assert_eq!(redacted(document.clone(), shape), expected);
    }
}

#[test]
fn an_id_that_is_a_credential_is_a_credential() {
    let document = json!({"role": "user", "id": token(), "content": [{"type": "text", "text": "x"}]});
    assert_eq!(redacted(document, Shape::AnthropicMessages)["id"], "[github-pat]");
}

#[test]
fn a_field_by_its_name() {
    let redactor = redactor();
    let named = |name: &str, value: &str| without_tags(&redactor.redact_named(name, value));
    assert_eq!(named("api_key", "zK3mQ9xTf7Lw2Rb8Yd5V"), "[credential]");
    assert_eq!(named("cookie", "sid=zK3mQ9xTf7Lw2Rb8Yd5V"), "[cookie]");
    assert_eq!(named("model", "gpt-4o"), "gpt-4o");
    assert_eq!(named("note", &format!("use {}", token())), "use [github-pat]");
}
