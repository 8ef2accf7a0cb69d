//! What nearly every step uses: `use wharf_step::prelude::*;`.

pub use crate::packages::Package;
pub use crate::processes::Command;
pub use crate::{
    Change, Context, Error, ErrorCode, Outputs, Result, Secret, Step, artifact, context, debug, error, files,
    highlight, http, info, inputs, mask, output, output_sensitive, outputs, progress, step, trace, variables, warn,
};
pub use serde_json::{Value, json};
