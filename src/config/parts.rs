//! The checks that the tests of messages and of arbitrary input call directly.

pub use super::api_key::checked_key;
pub use super::base_url::checked_base_url;
pub use super::ca_file::certificates_in;
pub use super::client_certificate::client_certificate_in;
pub use super::headers::all_headers;
pub use super::host::Host;
pub use super::no_proxy::names as no_proxy_names;
pub use super::proxy::proxy_for;
