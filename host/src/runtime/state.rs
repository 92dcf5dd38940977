//! What one instance's store holds: everything that belongs to one call.

use std::sync::Arc;
use std::time::Duration;

use wasmtime::component::{HasData, ResourceTable};
use wasmtime::{ResourceLimiter, Store, UpdateDeadline};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use super::failure::LimitHit;
use super::long::Long;
use super::services::Services;
use super::{Limits, engine, inert};
use crate::egress::CallEgress;

/// The data of one call's store. Dropped with the store when the call ends.
pub(super) struct CallState {
    pub(super) table: ResourceTable,
    pub(super) services: Services,
    /// The only way out, bound to this call's authority.
    pub(super) egress: Arc<CallEgress>,
    wasi: WasiCtx,
    limiter: Limiter,
}

impl CallState {
    /// A store with nothing in it yet but its limits.
    pub(super) fn store(
        engine: &wasmtime::Engine,
        limits: &Limits,
        services: Services,
        egress: CallEgress,
        long: Long,
    ) -> Store<Self> {
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles);
        let wasi = inert::context(limits.output_bytes, &services.folders);
        let state = Self {
            table,
            services,
            egress: Arc::new(egress),
            wasi,
            limiter: Limiter { memory_bytes: limits.memory_bytes, table_elements: limits.table_elements },
        };
        let mut store = Store::new(engine, state);
        store.limiter(|state| &mut state.limiter);
        store.set_hostcall_fuel(limits.transfer_bytes);
        store.set_max_component_handles(limits.handles);
        count_computing(&mut store, limits.computing, long);
        store
    }
}

/// Makes the guest yield at every tick, marks it at the second, and traps it when it has computed for `computing`.
fn count_computing(store: &mut Store<CallState>, computing: Duration, long: Long) {
    let mut left = computing.as_millis() / engine::TICK.as_millis();
    // The first comes at any time within a tick.
    let mut is_first = true;
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(move |_| {
        left = left.checked_sub(1).ok_or(LimitHit::Computing(computing))?;
        if !std::mem::take(&mut is_first) {
            long.mark();
        }
        Ok(UpdateDeadline::Yield(1))
    });
}

impl WasiView for CallState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// Tells the bindings that the host's functions work on the whole of [`CallState`].
pub(super) struct HasState;

impl HasData for HasState {
    type Data<'a> = &'a mut CallState;
}

/// Refuses growth beyond a limit with an error that says which, instead of letting the guest see it fail.
struct Limiter {
    memory_bytes: usize,
    table_elements: usize,
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        if desired > self.memory_bytes {
            return Err(LimitHit::Memory(self.memory_bytes).into());
        }
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        if desired > self.table_elements {
            return Err(LimitHit::Table(self.table_elements).into());
        }
        Ok(true)
    }
}
