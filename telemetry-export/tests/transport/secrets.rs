use telemetry_export::otlp::Courier;

use crate::server::{Received, Reply, Server};
use crate::world::{spans, transport};

/// What every key of these tests begins with.
const KEY: &str = "Sekret";

/// A receiver that says everything it was told, in every place where one can say something.
#[test]
fn keys_are_in_no_message() {
    let told = |request: &Received| {
        let headers =
            ["x-api-key", "x-more", "authorization"].map(|name| request.header(name).unwrap_or("none"));
        format!("{} of Sekret-user: {}", request.path, headers.join(" "))
    };
    let environment = [("KEY", "Sekret-header"), ("MORE", "x-more=Bearer%20Sekret%2Dlist")];
    for status in [200, 301, 400, 401, 404, 413, 415, 418, 429, 500] {
        for kind in ["text/plain", "application/json", "application/x-protobuf", "text/html", "Sekret-user"] {
            for headers in ["headers_env: {X-Api-Key: KEY}", "headers_env: MORE"] {
                let server = Server::new(move |request| {
                    let told = told(request);
                    let location = format!("http://Sekret-user.example{}", request.path);
                    let headers = [("content-type", kind), ("location", &location), ("retry-after", &told)];
                    let body = if kind.ends_with("json") {
                        format!("{{\"message\": \"{told}\"}}")
                    } else {
                        told.clone()
                    };
                    Reply::with(status, &headers, body)
                });
                let place = format!("ada:Sekret%2duser@{}", server.host());
                let url = format!("http://{place}/Sekret-path-of-a-tenant?key=Sekret-query");
                let mut transport = transport(&url, headers, &environment).unwrap();
                let sent = transport.send(spans(&["a", "b"]));
                let shown = format!("{sent:?} {transport:?}");
                assert!(!shown.contains(KEY), "{status} {kind}: {shown}");
                // It was told them, so it could have said them.
                assert!(server.received().iter().all(|request| told(request).matches(KEY).count() >= 3));
            }
        }
    }
}
