//! The C ABI: one file for each object of the header.
//!
//! `include/anchor.h` is generated from the exports here, so their comments address readers of C.
//! An export converts its arguments, calls the layers below, and leaves errors and panics to
//! `boundary`. Arguments are never trusted: `objects` looks every handle up.

#![allow(non_camel_case_types, clippy::missing_safety_doc, clippy::not_unsafe_ptr_arg_deref, rustdoc::bare_urls)]

pub(crate) mod boundary;
mod host_data;
pub(crate) mod objects;
mod send;

// The header lists the exports in this order.
mod client;
mod library;
mod recordings;
mod request;

mod call;
mod queue;

mod options;

pub use call::*;
pub use client::*;
pub use library::*;
pub use options::*;
pub use queue::*;
pub use recordings::*;
pub use request::*;
