//! TLS as the Docker CLI speaks it: the person's own certificates, and either an authority of their own,
//! which is then the only one trusted, or those of the system.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::RootCertStore;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};

use super::surroundings::Certificates;

/// What is needed to speak TLS, or which file cannot be used and why. Reads files.
pub(super) fn config(
    verify: bool,
    certificates: &Certificates,
    own_ca: bool,
) -> Result<ClientConfig, String> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
    let builder = if verify {
        builder.with_root_certificates(roots(certificates, own_ca)?)
    } else {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(Anybody(provider)))
    };
    let Certificates { folder, cert, key, .. } = certificates;
    if !cert && !key {
        return Ok(builder.with_no_client_auth());
    }
    let (cert, key) = (folder.join(Certificates::CERT), folder.join(Certificates::KEY));
    let chain = read_certificates(&cert)?;
    let secret = PrivateKeyDer::from_pem_file(&key).map_err(|error| unusable(&key, &error))?;
    builder.with_client_auth_cert(chain, secret).map_err(|error| unusable(&key, &error))
}

fn roots(certificates: &Certificates, own_ca: bool) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    if own_ca {
        let place = certificates.folder.join(Certificates::CA);
        for authority in read_certificates(&place)? {
            roots.add(authority).map_err(|error| unusable(&place, &error))?;
        }
        return Ok(roots);
    }
    // One that cannot be read is one less that is trusted.
    let system = rustls_native_certs::load_native_certs();
    for error in &system.errors {
        tracing::debug!("an authority of the system: {error}");
    }
    roots.add_parsable_certificates(system.certs);
    if roots.is_empty() {
        return Err("this system trusts no authority at all, and no ca.pem is given".to_owned());
    }
    Ok(roots)
}

fn read_certificates(place: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let all = CertificateDer::pem_file_iter(place).map_err(|error| unusable(place, &error))?;
    let all: Result<Vec<_>, _> = all.collect();
    let all = all.map_err(|error| unusable(place, &error))?;
    if all.is_empty() { Err(unusable(place, &"there is no certificate in it")) } else { Ok(all) }
}

fn unusable(place: &Path, why: &dyn fmt::Display) -> String {
    format!("{}: {why}", place.display())
}

/// Takes whoever answers for the engine, as the person's context says. What is said still cannot be read by
/// those who only listen.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
