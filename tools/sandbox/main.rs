//! The sandbox: a stand-in for the Anchor API on the loopback interface.
//!
//! It keeps sessions and recordings as the API does. On request it fails in the ways that networks
//! and servers fail. The tests of all languages use it, and it lets anyone try the library without
//! an account.
//!
//! A request takes this path: `server` accepts the connection, `middleware` logs the request, picks
//! its fault and checks the API key, and `routes` handles it. `fault_effects` turns a fault into a
//! response, or into no response at all. `streamed_body` sends bodies slowly, partly or without
//! end, and `connection` closes or resets the socket below HTTP.

#![allow(clippy::print_stderr)]

mod canned;
mod connection;
mod download;
#[cfg(test)]
mod download_test;
mod fault_effects;
#[cfg(test)]
mod fault_effects_test;
mod faults;
mod gzip;
mod middleware;
mod options;
mod request_log;
mod responses;
mod routes;
#[cfg(test)]
mod routes_test;
mod server;
mod shutdown;
mod state;
mod streamed_body;
mod tls;
mod video;

use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use tokio::net::TcpListener;

use crate::faults::FaultPlan;
use crate::options::Options;
use crate::state::Sandbox;

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let plan = match options.fault_plan() {
        Ok(plan) => plan,
        Err(message) => {
            eprintln!("sandbox: {message}");
            return ExitCode::from(2);
        }
    };
    match run(options, plan).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sandbox: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options, plan: FaultPlan) -> io::Result<()> {
    let stop = shutdown::requested(options.exit_with_stdin)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))
        .await
        .map_err(|error| io::Error::other(format!("cannot listen on port {}: {error}", options.port)))?;
    let port = listener.local_addr()?.port();
    let identity = options.tls.then(|| tls::Identity::create(port, options.http1)).transpose()?;
    let scheme = if options.tls { "https" } else { "http" };
    let base_url = format!("{scheme}://127.0.0.1:{port}");

    let key = options.exports.then(|| options.api_key.clone());
    let sandbox = Arc::new(Sandbox::new(options, plan, base_url.clone())?);
    announce(&base_url, identity.as_ref(), key)?;
    let acceptor = identity.as_ref().map(tls::Identity::acceptor);
    tokio::select! {
        () = server::serve(listener, acceptor, routes::router(sandbox)) => {}
        () = stop => {}
    }
    Ok(())
}

fn announce(base_url: &str, identity: Option<&tls::Identity>, exported_key: Option<String>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "listening on {base_url}")?;
    if let Some(identity) = identity {
        writeln!(out, "ca file {}", identity.ca_file().display())?;
    }
    if let Some(key) = exported_key {
        writeln!(out, "export ANCHORBROWSER_API_KEY={key}")?;
        writeln!(out, "export ANCHORBROWSER_BASE_URL={base_url}")?;
    }
    out.flush()
}
