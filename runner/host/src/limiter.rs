use wasmtime::ResourceLimiter;
use wharf_model::{Limit, Limits};

/// Keeps a store within its limits of memory, tables and instances, and remembers which one it hit: the guest sees only
/// that it got nothing, and usually traps.
pub(crate) struct Limiter {
    memory: u64,
    most_memory: u64,
    tables: u64,
    most_tables: u64,
    instances: usize,
    hit: Option<Limit>,
}

impl Limiter {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            memory: 0,
            most_memory: limits.get(Limit::Memory),
            tables: 0,
            most_tables: limits.get(Limit::TableElements),
            instances: usize::try_from(limits.get(Limit::Instances)).unwrap_or(usize::MAX),
            hit: None,
        }
    }

    /// The limit that was hit last.
    pub(crate) fn hit(&self) -> Option<Limit> {
        self.hit
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        // All memories of the component count together.
        let sum = self.memory.saturating_add((desired - current.min(desired)) as u64);
        if sum > self.most_memory {
            self.hit = Some(Limit::Memory);
            return Ok(false);
        }
        self.memory = sum;
        Ok(true)
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let sum = self.tables.saturating_add((desired - current.min(desired)) as u64);
        if sum > self.most_tables {
            self.hit = Some(Limit::TableElements);
            return Ok(false);
        }
        self.tables = sum;
        Ok(true)
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn tables(&self) -> usize {
        self.instances.saturating_mul(4)
    }

    fn memories(&self) -> usize {
        self.instances
    }
}
