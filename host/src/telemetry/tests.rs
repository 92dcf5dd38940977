//! Traces and metrics as others see them: a scraper, a collector, and whoever reads a trace.

mod collector;
mod metrics;
mod traces;
mod variables;
