//! The declared users: `User` resources, parsed strictly.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::ending::BadConfiguration;
use crate::files::{self, File, embedded};

/// A user of the broker and what it may do.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) acls: Vec<Acl>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Acl {
    #[serde(rename = "type")]
    pub(crate) permission: Permission,
    pub(crate) resource: Resource,
    pub(crate) operations: Vec<Operation>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Permission {
    Allow,
    Deny,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Resource {
    #[serde(rename = "type")]
    pub(crate) kind: ResourceKind,
    /// Absent for the cluster, which there is only one of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) pattern_type: PatternType,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ResourceKind {
    Topic,
    Group,
    Cluster,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PatternType {
    #[default]
    Literal,
    Prefixed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Operation {
    Read,
    Write,
    Create,
    Describe,
    DescribeConfigs,
    AlterConfigs,
    IdempotentWrite,
}

/// Reads the users of a directory, or the built-in ones; with `only`, that one.
pub(crate) fn read(directory: Option<&Path>, only: Option<&str>) -> anyhow::Result<Vec<User>> {
    let files = files::read(directory, "yaml", embedded::USERS)?;
    let mut users = files.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    let Some(only) = only else { return Ok(users) };
    let names = users
        .iter()
        .map(|user| user.name.clone())
        .collect::<Vec<_>>()
        .join(", ");
    users.retain(|user| user.name == only);
    if users.is_empty() {
        return Err(BadConfiguration(format!("--user {only}: declared are {names}")).into());
    }
    Ok(users)
}

fn parse(file: &File) -> Result<User, BadConfiguration> {
    let bad = |what: String| BadConfiguration(format!("{}: {what}", file.name));
    let document: Document = serde_yaml_ng::from_str(&file.text).map_err(|error| bad(error.to_string()))?;
    if document.api_version != "cluster.redpanda.com/v1alpha2" || document.kind != "User" {
        return Err(bad("not a User of cluster.redpanda.com/v1alpha2".to_owned()));
    }
    if document.spec.authentication.mechanism != "scram-sha-512" {
        return Err(bad("the services log in with scram-sha-512".to_owned()));
    }
    for acl in &document.spec.authorization.acls {
        let is_cluster = acl.resource.kind == ResourceKind::Cluster;
        if is_cluster == acl.resource.name.is_some() {
            return Err(bad("a topic or group has a name, the cluster has none".to_owned()));
        }
    }
    Ok(User {
        name: document.metadata.name,
        acls: document.spec.authorization.acls,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    api_version: String,
    kind: String,
    metadata: Metadata,
    spec: Spec,
}

#[derive(Deserialize)]
struct Metadata {
    name: String,
}

#[derive(Deserialize)]
struct Spec {
    authentication: Authentication,
    authorization: Authorization,
}

#[derive(Deserialize)]
struct Authentication {
    #[serde(rename = "type")]
    mechanism: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Authorization {
    acls: Vec<Acl>,
}

#[cfg(test)]
mod tests;
