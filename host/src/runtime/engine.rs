//! The engine's settings, and the ticker that advances its epoch.

use std::sync::Arc;
use std::sync::Weak;
use std::time::Duration;

use wasmtime::{Config, InstanceAllocationStrategy, PoolingAllocationConfig, Strategy};

use super::{Limits, login};

/// How often a running guest is made to yield.
pub(super) const TICK: Duration = Duration::from_millis(10);

/// What a slot of the pool keeps resident for its next instance, of each kind: clearing it costs less than
/// giving it back to the kernel and faulting it in again, which interrupts the other processors too. For an
/// instance that does nothing the two latter are half of its cost.
const KEEP_MEMORY_BYTES: usize = 4 << 20;
/// A component's tables are a page or two each.
const KEEP_TABLE_BYTES: usize = 64 << 10;
/// Few calls go deeper than this; what they used below it is given back.
const KEEP_STACK_BYTES: usize = 64 << 10;

/// Wasm frames of one call; beyond lies a trap.
const WASM_STACK_BYTES: usize = 512 << 10;
/// The fiber's whole stack. What is above the wasm part is for host functions, which recurse little.
const FIBER_STACK_BYTES: usize = 2 << 20;

/// A wasmtime engine and the thread that makes its clock tick.
#[derive(Debug)]
pub(super) struct Engine {
    raw: Arc<wasmtime::Engine>,
}

impl Engine {
    /// Builds the engine and starts its ticker, which ends when the engine is dropped.
    pub(super) fn new(limits: &Limits) -> wasmtime::Result<Self> {
        let raw = Arc::new(wasmtime::Engine::new(&config(limits))?);
        let ticked = Arc::downgrade(&raw);
        std::thread::Builder::new().name("epoch".to_owned()).spawn(move || tick(&ticked))?;
        Ok(Self { raw })
    }

    pub(super) fn raw(&self) -> &wasmtime::Engine {
        &self.raw
    }
}

fn tick(engine: &Weak<wasmtime::Engine>) {
    while let Some(engine) = engine.upgrade() {
        engine.increment_epoch();
        drop(engine);
        std::thread::sleep(TICK);
    }
}

fn config(limits: &Limits) -> Config {
    let mut config = Config::new();
    config
        .strategy(Strategy::Cranelift)
        .epoch_interruption(true)
        .max_wasm_stack(WASM_STACK_BYTES)
        .async_stack_size(FIBER_STACK_BYTES)
        // Components of different trust share the process: a stack is zeroed before its next use.
        .async_stack_zeroing(true)
        .wasm_memory64(false)
        .wasm_multi_memory(false)
        .wasm_relaxed_simd(false)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool(limits)));
    config
}

fn pool(limits: &Limits) -> PoolingAllocationConfig {
    // A component is a handful of core instances (the program and small adapters), one memory and a few
    // tables. One slot more than there are calls and logins: loading a component describes it.
    let instances = limits.instances.saturating_add(login::INSTANCES).saturating_add(1);
    let instances = u32::try_from(instances).unwrap_or(u32::MAX);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .max_core_instances_per_component(16)
        .max_memories_per_component(1)
        .max_tables_per_component(8)
        .total_core_instances(instances.saturating_mul(16))
        .total_memories(instances)
        .total_tables(instances.saturating_mul(8))
        .total_stacks(instances.saturating_mul(2))
        .table_elements(limits.table_elements)
        .max_memory_size(limits.memory_bytes)
        .linear_memory_keep_resident(KEEP_MEMORY_BYTES)
        .table_keep_resident(KEEP_TABLE_BYTES)
        .async_stack_keep_resident(KEEP_STACK_BYTES)
        .pagemap_scan(wasmtime::Enabled::Auto);
    pool
}
