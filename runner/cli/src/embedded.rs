use wharf_engine::StandardSteps;
use wharf_model::ComponentSource;

/// A step inside this program.
pub struct EmbeddedStep {
    pub name: &'static str,
    pub bytes: &'static [u8],
    pub digest: &'static str,
}

/// The standard steps, sorted by name.
pub static EMBEDDED: &[EmbeddedStep] = &include!(concat!(env!("OUT_DIR"), "/standard_steps.rs"));

/// What to do about a program that was built without them.
const ABSENCE: &str = "this wharf was built without standard steps: run `cargo xtask steps`, and build it again";

/// The standard steps, as the engine sees them.
pub struct Embedded;

impl StandardSteps for Embedded {
    fn names(&self) -> Vec<&str> {
        EMBEDDED.iter().map(|step| step.name).collect()
    }

    fn find(&self, name: &str) -> Option<ComponentSource> {
        let step = EMBEDDED.iter().find(|step| step.name == name)?;
        Some(ComponentSource::Embedded { name: step.name, bytes: step.bytes, digest: step.digest })
    }

    fn absence(&self) -> Option<&str> {
        EMBEDDED.is_empty().then_some(ABSENCE)
    }
}
