//! Accepts connections and serves each one in its own task.

use std::time::Duration;

use axum::{Extension, Router};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::connection::{Connection, Socket};

pub async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, router: Router) {
    let mut number = 0;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                number += 1;
                tokio::spawn(serve_stream(stream, Connection::new(number), tls.clone(), router.clone()));
            }
            // Most likely the descriptors are used up. Some become free when connections end.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn serve_stream(stream: TcpStream, connection: Connection, tls: Option<TlsAcceptor>, router: Router) {
    let _ = stream.set_nodelay(true);
    let socket = Socket::new(stream, connection.clone());
    match tls {
        None => serve_http(socket, connection, router).await,
        Some(acceptor) => {
            // A client that does not trust the certificate fails here. That is not an error of the
            // server.
            if let Ok(stream) = acceptor.accept(socket).await {
                serve_http(stream, connection, router).await;
            }
        }
    }
}

async fn serve_http<S>(stream: S, connection: Connection, router: Router)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = TowerToHyperService::new(router.layer(Extension(connection.clone())));
    let builder = Builder::new(TokioExecutor::new());
    tokio::select! {
        _ = builder.serve_connection(TokioIo::new(stream), service) => {}
        () = connection.ended() => {}
    }
}
