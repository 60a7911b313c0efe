//! Who sends: the resource that spans, metrics and log records are of.
//!
//! The service is the host (`hermes`), because that is what an operator looks for; hosts of one home are resources of their
//! own. It has no `service.version` unless the environment gives one: no host tells us its own, and ours is the scope's.
//!
//! `opentelemetry_sdk` would read the two variables too, but from the process alone, so that no test could hold it to
//! anything, without undoing the percent-encoding that the specification asks for, and in an order that changes.

use std::collections::BTreeMap;
use std::path::Path;

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::resource::v1::Resource as Message;
use telemetry_core::name::Name;

use super::attributes::{Attributes, Said, attribute};
use super::convention::{Conventions, Fact};
use super::names;
use crate::http::percent;
use crate::machine::{self, hashed};

/// What the service is called when nobody knows a host.
const NOBODY: &str = "telemetry";
/// What is known of who sends, before it is known which host it was.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Resource {
    /// `OTEL_SERVICE_NAME`, or `service.name` of `OTEL_RESOURCE_ATTRIBUTES`.
    service: Option<String>,
    /// The rest of `OTEL_RESOURCE_ATTRIBUTES`.
    given: BTreeMap<String, String>,
    host_id: Option<String>,
    instance: Option<String>,
    problem: Option<String>,
}

impl Resource {
    /// Reads `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES`. `machine` is the machine's id and `home` the folder whose
    /// log is sent; of both only a hash is.
    ///
    /// # Examples
    /// ```
    /// use telemetry_export::otlp::Resource;
    ///
    /// let environment = |name: &str| (name == "OTEL_RESOURCE_ATTRIBUTES").then(|| "deployment.environment.name=blue%20lab".into());
    /// let resource = Resource::read(&environment, None, "home".as_ref());
    /// assert_eq!(resource.environment(), Some("blue lab"));
    /// ```
    pub fn read(environment: &dyn Fn(&str) -> Option<String>, machine: Option<&str>, home: &Path) -> Self {
        let (mut given, problem) = match environment("OTEL_RESOURCE_ATTRIBUTES").as_deref().map(attributes) {
            Some(Ok(given)) => (given, None),
            // The specification: nothing of it counts, and it is said.
            Some(Err(problem)) => (BTreeMap::new(), Some(problem)),
            None => (BTreeMap::new(), None),
        };
        let named = given.remove("service.name").filter(|name| !name.is_empty());
        let service = environment("OTEL_SERVICE_NAME").filter(|name| !name.is_empty()).or(named);
        let machine = machine.map(str::trim).filter(|id| !id.is_empty());
        let host_id = machine.map(|machine| hashed(&[machine.as_bytes()]));
        let instance =
            Some(hashed(&[machine.unwrap_or_default().as_bytes(), home.as_os_str().as_encoded_bytes()]));
        Resource { service, given, host_id, instance, problem }
    }

    /// The same, with the id this machine has of its own.
    pub fn of_this_machine(environment: &dyn Fn(&str) -> Option<String>, home: &Path) -> Self {
        Self::read(environment, machine::id().as_deref(), home)
    }

    /// `deployment.environment.name`, where it is given.
    pub fn environment(&self) -> Option<&str> {
        let name = names::DEPLOYMENT_ENVIRONMENT.names(Conventions::UNIVERSAL).next()?;
        self.given.get(name).map(String::as_str)
    }

    /// What is wrong with the variables, for people.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// The resource of what `host` did, or of what is of no host.
    pub(super) fn of(&self, host: Option<&Name>, by: Conventions) -> Message {
        let service = self.service.as_deref().or(host.map(Name::as_str)).unwrap_or(NOBODY);
        let mut attributes = Attributes::new(by, 8);
        self.put(names::SERVICE_NAME, service, &mut attributes);
        self.put(names::PROJECT, service, &mut attributes);
        for (fact, id) in [(names::INSTANCE, &self.instance), (names::HOST_ID, &self.host_id)] {
            if let Some(id) = id {
                self.put(fact, id, &mut attributes);
            }
        }
        self.put(names::DISTRIBUTION, NOBODY, &mut attributes);
        self.put(names::DISTRIBUTION_VERSION, env!("CARGO_PKG_VERSION"), &mut attributes);
        let given = self.given.iter().map(|(name, value)| attribute(name, value.as_str().said()));
        let attributes: Vec<KeyValue> = attributes.into_list().into_iter().chain(given).collect();
        Message { attributes, ..Message::default() }
    }

    /// Says `fact`, unless the environment says otherwise.
    fn put(&self, fact: Fact<str>, value: &str, attributes: &mut Attributes) {
        if !fact.names(names::ALL).any(|name| self.given.contains_key(name)) {
            attributes.put(fact, value);
        }
    }
}

/// `name=value,name=value`, each of them percent-encoded.
fn attributes(text: &str) -> Result<BTreeMap<String, String>, String> {
    let problem = |what: &str| {
        format!(
            "OTEL_RESOURCE_ATTRIBUTES is not used: {what}; write name=value,name=value with , = and % as %2C %3D %25"
        )
    };
    let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    entries
        .map(|entry| {
            let (name, value) = entry.split_once('=').ok_or_else(|| problem("an entry has no `=`"))?;
            let read = |text: &str| {
                String::from_utf8(percent::decoded(text.trim())).map_err(|_| problem("an entry is no text"))
            };
            let name = read(name)?;
            if name.is_empty() {
                return Err(problem("an entry has no name"));
            }
            Ok((name, read(value)?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(attributes: &str, service: &str) -> Resource {
        let environment = |name: &str| match name {
            "OTEL_RESOURCE_ATTRIBUTES" => Some(attributes.to_owned()),
            "OTEL_SERVICE_NAME" => Some(service.to_owned()),
            _ => None,
        };
        Resource::read(&environment, Some("0123\n"), Path::new("/home"))
    }

    fn said(resource: &Resource, by: Conventions) -> Vec<(String, String)> {
        let of = resource.of(Some(&Name::new("hermes")), by);
        let text = |attribute: KeyValue| {
            let value = attribute.value.unwrap().value.unwrap();
            let opentelemetry_proto::tonic::common::v1::any_value::Value::StringValue(value) = value else {
                panic!("{value:?}")
            };
            (attribute.key, value)
        };
        of.attributes.into_iter().map(text).collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_service_is_the_host_unless_the_environment_has_another() {
        let (id, instance) = (hashed(&[b"0123"]), hashed(&[b"0123", b"/home"]));
        let rest = [
            ("service.instance.id", instance.as_str()),
            ("host.id", id.as_str()),
            ("telemetry.distro.name", "telemetry"),
            ("telemetry.distro.version", env!("CARGO_PKG_VERSION")),
        ];
        let all = |first: &[(&str, &str)], last: &[(&str, &str)]| pairs(&[first, &rest, last].concat());
        assert_eq!(said(&read("", ""), names::GENAI), all(&[("service.name", "hermes")], &[]));
        assert_eq!(
            said(&read("service.name=fleet,service.version=7", ""), names::GENAI),
            all(&[("service.name", "fleet")], &[("service.version", "7")])
        );
        assert_eq!(
            said(&read("service.name=fleet", "mine"), names::ALL),
            all(&[("service.name", "mine"), ("openinference.project.name", "mine")], &[])
        );
        // In every profile, also where it is not one of its names.
        let project = read("openinference.project.name=a%2Cb", "");
        assert_eq!(
            said(&project, names::GENAI),
            all(&[("service.name", "hermes")], &[("openinference.project.name", "a,b")])
        );
        assert_eq!(said(&project, names::ALL), said(&project, names::GENAI));
        assert_eq!(
            said(&read("host.id=h", ""), names::GENAI).iter().filter(|(name, _)| name == "host.id").count(),
            1
        );
    }

    #[test]
    fn the_machines_id_is_not_sent() {
        let resource = read("", "");
        for id in [resource.host_id.as_deref().unwrap(), resource.instance.as_deref().unwrap()] {
            assert_eq!(id.len(), 32);
            assert!(!id.contains("0123"), "{id}");
        }
        assert_ne!(hashed(&[b"0123"]), hashed(&[b"0124"]));
        let elsewhere = Resource::read(&|_| None, Some("0123"), Path::new("/other"));
        assert_eq!(elsewhere.host_id, resource.host_id);
        assert_ne!(elsewhere.instance, resource.instance);
    }

    #[test]
    fn what_cannot_be_read_is_said_and_counts_for_nothing() {
        for (text, what) in [("a=b,c", "no `=`"), ("=b", "no name"), ("a=%ff", "no text")] {
            let resource = read(text, "");
            assert!(resource.problem().is_some_and(|problem| problem.contains(what)), "{text}");
            assert!(resource.given.is_empty());
        }
        let read = read(" a = b%3D , , c=", "");
        assert_eq!(read.given, BTreeMap::from([("a".into(), "b=".into()), ("c".into(), String::new())]));
        assert_eq!(read.problem(), None);
    }
}
