//! The environment variables that stand in for options.

use hyper_util::client::proxy::matcher::Matcher;
use once_cell::race::OnceBox;

use crate::error::Error;

pub const KEY_VARIABLE: &str = "ANCHORBROWSER_API_KEY";
pub const BASE_URL_VARIABLE: &str = "ANCHORBROWSER_BASE_URL";
pub const HEADERS_VARIABLE: &str = "ANCHORBROWSER_CUSTOM_HEADERS";

/// The variables that apply to all clients.
pub struct Environment {
    pub proxies: Matcher,
    pub headers: Result<Option<String>, Error>,
}

/// Read once per process, because a `setenv` of the host during a later read could crash it.
pub fn environment() -> &'static Environment {
    static ENVIRONMENT: OnceBox<Environment> = OnceBox::new();
    let read = || Environment { proxies: Matcher::from_env(), headers: variable(HEADERS_VARIABLE) };
    ENVIRONMENT.get_or_init(|| Box::new(read()))
}

/// The value of a variable. An empty one counts as unset.
pub fn variable(name: &str) -> Result<Option<String>, Error> {
    match std::env::var(name) {
        Ok(value) if !value.is_empty() => Ok(Some(value)),
        Err(std::env::VarError::NotUnicode(_)) => Err(Error::argument(name, "is not UTF-8: set it to text in UTF-8")),
        _ => Ok(None),
    }
}
