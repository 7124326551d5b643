//! The options of a client, and the configuration that they become.

use std::sync::Arc;
use std::time::Duration;

use http::header::{HeaderMap, PROXY_AUTHORIZATION};

use super::address::Address;
use super::checks::checked_timeout;
use super::environment::environment;
use super::log::{Log, LogFunction};
use super::{api_key, base_url, ca_file, client_certificate, headers, proxy};
use crate::error::Error;
use crate::redaction::Redactor;
use crate::refusal::Hints;
use crate::transport::Settings;

const DEFAULT_TIMEOUT_MS: u64 = 30_000;
const DEFAULT_MAX_RETRIES: u32 = 2;

/// What the host asked for, unchecked. `None` means the default.
#[derive(Default, Clone)]
pub struct Options {
    pub base_url: Option<Vec<u8>>,
    pub ca_file: Option<Vec<u8>>,
    pub client_certificate: Option<Vec<u8>>,
    pub proxy: Option<Vec<u8>>,
    pub timeout_ms: Option<u64>,
    pub max_retries: Option<u32>,
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
    pub wrapper: Option<Vec<u8>>,
    pub log: Option<Arc<LogFunction>>,
}

/// What a client works with: every value is usable.
pub struct Configuration {
    /// Hides the API key.
    pub redactor: Arc<Redactor>,
    /// The headers of every request, the API key included.
    pub headers: HeaderMap,
    pub address: Address,
    /// The words for the API key and the base URL in advice.
    pub api_key_name: &'static str,
    pub base_url_name: &'static str,
    pub timeout: Duration,
    pub max_retries: u32,
    pub transport: Arc<Settings>,
    pub log: Option<Arc<Log>>,
}

impl Configuration {
    /// Checks everything. The environment is read here, except for the variables of the trust store.
    pub fn new(api_key: Option<&[u8]>, options: &Options) -> Result<Self, Error> {
        let (api_key, api_key_name) = api_key::from_argument_or_environment(api_key)?;
        // A usable key is ASCII.
        let redactor = Arc::new(Redactor::new(api_key.to_str().unwrap_or_default()));
        let (address, base_url_name) = base_url::from_argument_or_environment(options.base_url.as_deref())?;
        // Before anything that can fail, so that the first client fixes the variables for all others.
        let environment = environment();
        let transport = Settings {
            https: address.is_https(),
            ca: options.ca_file.as_deref().map(ca_file::read).transpose()?.unwrap_or_default(),
            client_certificate: options.client_certificate.as_deref().map(client_certificate::read).transpose()?,
            proxy: proxy::proxy_for(&address, options.proxy.as_deref())?,
        };
        let lines = environment.headers.clone()?;
        let wrapper = options.wrapper.as_deref();
        let mut headers = headers::all_headers(api_key, wrapper, lines.as_deref(), &options.headers)?;
        if let Some(credentials) = transport.credentials_in_requests() {
            let basic = credentials.basic();
            let unusable = |_| Error::argument("proxy", "has credentials that cannot be sent in a header: check them");
            headers.insert(PROXY_AUTHORIZATION, basic.map_err(unusable)?);
        }
        Ok(Self {
            headers,
            address,
            api_key_name,
            base_url_name,
            timeout: checked_timeout("timeout_ms", options.timeout_ms.unwrap_or(DEFAULT_TIMEOUT_MS))?,
            max_retries: options.max_retries.unwrap_or(DEFAULT_MAX_RETRIES),
            transport: Arc::new(transport),
            log: options.log.clone().map(|function| Arc::new(Log::new(function, Arc::clone(&redactor)))),
            redactor,
        })
    }

    /// What the advice about a refusal with this `Retry-After` depends on.
    pub fn hints(&self, retry_after: Option<Duration>) -> Hints {
        Hints {
            api_key: self.api_key_name,
            base_url: self.base_url_name,
            has_base_path: self.address.has_path(),
            retry_after,
        }
    }
}
