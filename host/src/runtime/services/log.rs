//! A call's log lines, bounded, in the operator's log.

use crate::runtime::Limits;
use crate::runtime::bindings::postern::plugin::{log::Level, types::Field};

/// The lines of one call. Says at its end how many were dropped.
pub(in crate::runtime) struct CallLog {
    plugin: String,
    call: String,
    lines: u32,
    bytes: usize,
    dropped: u32,
}

impl CallLog {
    pub(in crate::runtime) fn new(plugin: &str, call: &str, limits: &Limits) -> Self {
        Self {
            plugin: plugin.to_owned(),
            call: call.to_owned(),
            lines: limits.log_lines,
            bytes: limits.log_bytes,
            dropped: 0,
        }
    }

    /// Logs one line, unless the call has had its share. `clean` takes the host's secrets out of a text.
    pub(super) fn line(
        &mut self,
        level: Level,
        message: &str,
        fields: &[Field],
        clean: impl Fn(&str) -> String,
    ) {
        let bytes =
            message.len() + fields.iter().map(|field| field.name.len() + field.value.len()).sum::<usize>();
        if self.lines == 0 || bytes > self.bytes {
            self.dropped = self.dropped.saturating_add(1);
            return;
        }
        self.lines -= 1;
        self.bytes -= bytes;
        let (plugin, call, message) = (self.plugin.as_str(), self.call.as_str(), clean(message));
        let fields: Vec<_> = fields.iter().map(|field| (clean(&field.name), clean(&field.value))).collect();
        // Debug formatting escapes control characters: a guest cannot forge a line of the host's log.
        match level {
            Level::Trace => tracing::trace!(target: "postern::plugin", plugin, call, ?fields, ?message),
            Level::Debug => tracing::debug!(target: "postern::plugin", plugin, call, ?fields, ?message),
            Level::Info => tracing::info!(target: "postern::plugin", plugin, call, ?fields, ?message),
            Level::Warn => tracing::warn!(target: "postern::plugin", plugin, call, ?fields, ?message),
            Level::Error => tracing::error!(target: "postern::plugin", plugin, call, ?fields, ?message),
        }
    }
}

impl Drop for CallLog {
    fn drop(&mut self) {
        if self.dropped > 0 {
            let (plugin, call, dropped) = (self.plugin.as_str(), self.call.as_str(), self.dropped);
            tracing::warn!(target: "postern::plugin", plugin, call, dropped, "log lines over the limit");
        }
    }
}
