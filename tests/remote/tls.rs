//! Certificates, and what speaks TLS in front of an engine's socket.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

/// Who signs.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub pem: String,
}

/// A certificate and its key, in PEM.
pub struct Signed {
    pub cert: String,
    pub key: String,
}

/// What a certificate is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Server,
    ExpiredServer,
    ServerElsewhere,
    Client,
}

impl Authority {
    pub fn new() -> Self {
        // Told apart by their names, as those of real authorities are.
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        let name = format!("authority {}", NEXT.fetch_add(1, Ordering::Relaxed));
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    pub fn sign(&self, purpose: Purpose) -> Signed {
        let names = match purpose {
            Purpose::Server | Purpose::ExpiredServer => vec!["localhost".to_owned(), "127.0.0.1".to_owned()],
            Purpose::ServerElsewhere => vec!["engine.example".to_owned()],
            Purpose::Client => vec!["me".to_owned()],
        };
        let mut params = CertificateParams::new(names).unwrap();
        params.extended_key_usages = vec![match purpose {
            Purpose::Client => ExtendedKeyUsagePurpose::ClientAuth,
            Purpose::Server | Purpose::ExpiredServer | Purpose::ServerElsewhere => {
                ExtendedKeyUsagePurpose::ServerAuth
            }
        }];
        if purpose == Purpose::ExpiredServer {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2021, 1, 1);
        }
        let key = KeyPair::generate().unwrap();
        let cert = params.signed_by(&key, &self.issuer).unwrap().pem();
        Signed { cert, key: key.serialize_pem() }
    }
}

/// Speaks TLS on a port of the loopback for an engine that does not; wants a certificate of each client, as
/// `dockerd --tlsverify` does. Ends with the test process.
pub fn in_front_of(socket: &Path, authority: &Authority, server: &Signed) -> SocketAddr {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.pem.as_bytes()).unwrap()).unwrap();
    let clients = WebPkiClientVerifier::builder(Arc::new(roots)).build().unwrap();
    let chain = vec![CertificateDer::from_pem_slice(server.cert.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(server.key.as_bytes()).unwrap();
    let config =
        ServerConfig::builder().with_client_cert_verifier(clients).with_single_cert(chain, key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let socket = socket.to_owned();
    let serve = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(join(client, acceptor.clone(), socket.clone()));
            }
        });
    };
    std::thread::Builder::new().name("tls".to_owned()).spawn(serve).unwrap();
    address
}

async fn join(client: TcpStream, acceptor: TlsAcceptor, socket: PathBuf) {
    // A client that is not let in is what some tests are about.
    let Ok(mut client) = acceptor.accept(client).await else { return };
    let mut engine = UnixStream::connect(socket).await.unwrap();
    drop(tokio::io::copy_bidirectional(&mut client, &mut engine).await);
}
