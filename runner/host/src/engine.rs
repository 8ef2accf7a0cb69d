//! How wasmtime is set up. Every setting that changes compiled code is part of the cache's key by wasmtime itself.

use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};
use wharf_model::{Limit, Limits};

use crate::HostError;

/// Bytes of stack that guest code may use: deep recursion in a guest traps long before the host's stack ends.
const WASM_STACK: usize = 1024 * 1024;
/// Bytes of the stack on which a guest and the host functions that it calls run.
const FIBER_STACK: usize = 2 * WASM_STACK;
/// Steps that may be instantiated at once.
const STEPS: u32 = 32;

/// An engine that runs components, compiled or not; the compiler is started when something must be compiled.
pub(crate) fn engine(pooling: bool) -> Result<Engine, HostError> {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        // No guest of WASI 0.2 needs it, and calls are quicker without.
        .concurrency_support(false)
        .epoch_interruption(true)
        .max_wasm_stack(WASM_STACK)
        .async_stack_size(FIBER_STACK)
        .memory_init_cow(true)
        .generate_address_map(false)
        .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(16));
    if pooling {
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool()));
    } else {
        // As little address space as there can be: memories grow by moving.
        config.memory_reservation(0).memory_reservation_for_growth(1024 * 1024).memory_may_move(true);
    }
    Engine::new(&config).map_err(|error| HostError::Engine(format!("{error:#}")))
}

fn pool() -> PoolingAllocationConfig {
    let defaults = Limits::default();
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(STEPS)
        .total_core_instances(STEPS * 32)
        .total_memories(STEPS * 4)
        .total_tables(STEPS * 16)
        .total_stacks(STEPS)
        .max_component_instance_size(4 * 1024 * 1024)
        .max_core_instance_size(4 * 1024 * 1024)
        .max_core_instances_per_component(u32::try_from(defaults.get(Limit::Instances)).unwrap_or(200))
        .max_memories_per_component(32)
        .max_tables_per_component(64)
        .max_memories_per_module(4)
        .max_tables_per_module(16)
        // Reserved address space only; the limiter decides what a step may have.
        .max_memory_size(u32::MAX as usize)
        .table_elements(usize::try_from(defaults.get(Limit::TableElements)).unwrap_or(1_000_000))
        .linear_memory_keep_resident(256 * 1024)
        .table_keep_resident(64 * 1024)
        .async_stack_keep_resident(64 * 1024)
        .max_unused_warm_slots(STEPS);
    pool
}
