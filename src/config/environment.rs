//! The environment variables that stand in for options.
//!
//! An empty variable counts as unset, as in curl and Go. In a set-user-id program, every variable
//! does.

use std::ffi::{OsStr, OsString};

use once_cell::race::OnceBox;

use crate::error::Error;
use crate::sys::environment;

pub const KEY_VARIABLE: &str = "ANCHORBROWSER_API_KEY";
pub const BASE_URL_VARIABLE: &str = "ANCHORBROWSER_BASE_URL";
pub const HEADERS_VARIABLE: &str = "ANCHORBROWSER_CUSTOM_HEADERS";

/// The variables that apply to all clients.
pub struct Environment {
    /// The proxy for https:// base URLs, unchecked.
    pub https_proxy: Option<Variable>,
    /// The proxy for http:// base URLs, unchecked.
    pub http_proxy: Option<Variable>,
    pub no_proxy: Option<Variable>,
    pub headers: Result<Option<String>, Error>,
}

/// A variable that is set.
pub struct Variable {
    pub name: &'static str,
    pub value: OsString,
}

/// Read once per process, because a `setenv` of the host during a later read could crash it.
pub fn environment() -> &'static Environment {
    static ENVIRONMENT: OnceBox<Environment> = OnceBox::new();
    ENVIRONMENT.get_or_init(|| Box::new(Environment::read()))
}

impl Environment {
    fn read() -> Self {
        // A web server passes the header "Proxy" of a request to a CGI program as HTTP_PROXY.
        let is_cgi = environment::variable("REQUEST_METHOD").is_some();
        let http: &[_] = if is_cgi { &["http_proxy"] } else { &["HTTP_PROXY", "http_proxy"] };
        let all = || first_of(&["ALL_PROXY", "all_proxy"]);
        Self {
            https_proxy: first_of(&["HTTPS_PROXY", "https_proxy"]).or_else(all),
            http_proxy: first_of(http).or_else(all),
            no_proxy: first_of(&["NO_PROXY", "no_proxy"]),
            headers: variable(HEADERS_VARIABLE),
        }
    }
}

impl Variable {
    pub fn text(&self) -> Result<&str, Error> {
        checked_text(self.name, &self.value)
    }
}

fn first_of(names: &[&'static str]) -> Option<Variable> {
    names.iter().find_map(|name| Some(Variable { name, value: environment::variable(name)? }))
}

/// The value of a variable.
pub fn variable(name: &str) -> Result<Option<String>, Error> {
    environment::variable(name).map(|value| checked_text(name, &value).map(str::to_owned)).transpose()
}

fn checked_text<'a>(name: &str, value: &'a OsStr) -> Result<&'a str, Error> {
    value.to_str().ok_or_else(|| Error::argument(name, "is not UTF-8: set it to text in UTF-8"))
}
