//! What differs between the declared subjects and the registry.

use apache_avro::Schema;
use serde::Serialize;

use crate::schemas::compatibility::Demands;
use crate::schemas::declared::{Subject, Version};
use crate::schemas::registry::{Registered, Registry};

/// Every subject, with what differs.
#[derive(Debug, Serialize)]
pub(crate) struct Plan {
    pub(crate) subjects: Vec<SubjectPlan>,
}

#[derive(Debug, Serialize)]
pub(crate) struct SubjectPlan {
    pub(crate) subject: String,
    /// The compatibility to set, and the one that is set now.
    pub(crate) compatibility: Option<CompatibilityChange>,
    /// The declared versions that the registry does not have.
    pub(crate) register: Vec<u32>,
    /// Why versions do not go together; nothing is registered then.
    pub(crate) incompatible: Vec<String>,
    /// Versions of the registry that are not declared: a later release's, or a stranger's.
    pub(crate) undeclared: Vec<i32>,
}

#[derive(Debug, Serialize)]
pub(crate) struct CompatibilityChange {
    pub(crate) from: Option<String>,
    pub(crate) to: String,
}

impl Plan {
    pub(crate) fn has_drift(&self) -> bool {
        self.subjects.iter().any(SubjectPlan::has_drift)
    }

    pub(crate) fn is_compatible(&self) -> bool {
        self.subjects
            .iter()
            .all(|subject| subject.incompatible.is_empty())
    }
}

impl SubjectPlan {
    fn has_drift(&self) -> bool {
        self.compatibility.is_some() || !self.register.is_empty() || !self.incompatible.is_empty()
    }
}

/// Compares the declared versions with each other alone.
pub(crate) fn offline(subjects: &[Subject]) -> Plan {
    let subjects = subjects.iter().map(|subject| SubjectPlan {
        subject: subject.name.clone(),
        compatibility: None,
        register: Vec::new(),
        incompatible: violations(subject, &[]),
        undeclared: Vec::new(),
    });
    Plan {
        subjects: subjects.collect(),
    }
}

/// Compares the declared subjects with the registry, which is only read.
pub(crate) async fn compare(subjects: &[Subject], registry: &Registry) -> anyhow::Result<Plan> {
    let mut plans = Vec::new();
    for subject in subjects {
        plans.push(compare_subject(subject, registry).await?);
    }
    Ok(Plan { subjects: plans })
}

async fn compare_subject(subject: &Subject, registry: &Registry) -> anyhow::Result<SubjectPlan> {
    let mode = registry.compatibility(&subject.name).await?;
    let registered = registry.versions(&subject.name).await?;
    let (missing, strange) = difference(subject, &registered, registry).await?;
    let mut incompatible = violations(subject, &strange);
    if !registered.is_empty() && incompatible.is_empty() {
        for version in &missing {
            let reasons = registry.incompatibilities(&subject.name, &version.text).await?;
            incompatible.extend(
                reasons
                    .into_iter()
                    .map(|reason| format!("v{}: the registry says: {reason}", version.number)),
            );
        }
    }
    let differs = mode.as_deref() != Some(subject.compatibility.as_str());
    Ok(SubjectPlan {
        subject: subject.name.clone(),
        compatibility: differs.then(|| CompatibilityChange {
            from: mode,
            to: subject.compatibility.clone(),
        }),
        register: missing.iter().map(|version| version.number).collect(),
        incompatible,
        undeclared: strange.iter().map(|found| found.version).collect(),
    })
}

/// Declared versions that the registry lacks, and versions of the registry that are not declared.
async fn difference<'a>(
    subject: &'a Subject,
    registered: &'a [Registered],
    registry: &Registry,
) -> anyhow::Result<(Vec<&'a Version>, Vec<&'a Registered>)> {
    let mut missing = Vec::new();
    let mut strange: Vec<&Registered> = registered.iter().collect();
    for version in &subject.versions {
        strange.retain(|found| !found.is(version));
        if registered.iter().any(|found| found.is(version)) {
            continue;
        }
        let held = match registered {
            [] => None,
            _ => registry.version_of(&subject.name, &version.text).await?,
        };
        match held {
            Some(held) => strange.retain(|found| found.version != held),
            None => missing.push(version),
        }
    }
    Ok((missing, strange))
}

/// The registry may hold versions of a later release, which must go together with the declared ones too.
fn violations(subject: &Subject, strange: &[&Registered]) -> Vec<String> {
    let declared = subject
        .versions
        .iter()
        .map(|version| (format!("v{}", version.number), &version.schema));
    let parsed: Vec<(String, Schema)> = strange
        .iter()
        .filter_map(|found| {
            Some((
                format!("the registry's version {}", found.version),
                Schema::parse_str(&found.schema).ok()?,
            ))
        })
        .collect();
    let strange = parsed.iter().map(|(name, schema)| (name.clone(), schema));
    let versions: Vec<(String, &Schema)> = strange.chain(declared).collect();
    Demands::of(&subject.compatibility).violations(&versions)
}

impl Plan {
    pub(crate) fn checked(&self) -> String {
        let verdict = if self.is_compatible() {
            "every version can read every other\n"
        } else {
            ""
        };
        format!("{}{verdict}", self.lines())
    }

    pub(crate) fn planned(&self) -> String {
        let verdict = match (self.has_drift(), self.is_compatible()) {
            (false, _) => "nothing to do\n",
            (true, true) => "to bring the registry there: taskctl schemas apply\n",
            (true, false) => {
                "nothing is registered for a subject marked !: give new fields a default, keep types\n"
            }
        };
        format!("{}{verdict}", self.lines())
    }

    pub(crate) fn applied(&self) -> String {
        let complete = self
            .subjects
            .iter()
            .filter(|subject| subject.incompatible.is_empty());
        let registered: usize = complete.map(|subject| subject.register.len()).sum();
        format!("{}{registered} registered\n", self.lines())
    }

    fn lines(&self) -> String {
        let mut text = String::new();
        for plan in &self.subjects {
            let subject = &plan.subject;
            if let Some(CompatibilityChange { from, to }) = &plan.compatibility {
                let from = from.as_deref().unwrap_or("unset");
                text.push_str(&format!("~ {subject}: compatibility {from} → {to}\n"));
            }
            for version in &plan.register {
                text.push_str(&format!("+ {subject}: v{version}\n"));
            }
            for violation in &plan.incompatible {
                text.push_str(&format!("! {subject}: {violation}\n"));
            }
            for version in &plan.undeclared {
                text.push_str(&format!(
                    "? {subject}: version {version} is not declared here, left alone\n"
                ));
            }
            if !plan.has_drift() {
                text.push_str(&format!("= {subject}\n"));
            }
        }
        text
    }
}
