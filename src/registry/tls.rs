//! Whom TLS trusts: the platform's authorities, and for a host those in its folder of `certs.d`, as Docker and
//! Podman keep them (`*.crt` authorities; `*.cert` with `*.key` this person's own certificate).

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{fs, io};

use reqwest::{Certificate, ClientBuilder, Identity};
use rustls::crypto::{CryptoProvider, ring};

use super::address::Address;
use super::places::Places;
use super::trouble::Trouble;

/// Makes ring the cryptography of the whole process, unless that is settled already.
pub fn install() {
    if CryptoProvider::get_default().is_none() {
        // Somebody else may have been quicker; then there is one all the same.
        drop(ring::default_provider().install_default());
    }
}

/// Adds what the folders hold for a host. A certificate that cannot be read is an error: without it the
/// connection would only fail in other words.
pub(super) fn with_certificates(
    mut builder: ClientBuilder,
    address: &Address,
    places: &Places,
) -> Result<ClientBuilder, Trouble> {
    let host = address.name();
    // A name is also a folder here.
    if host.contains(['/', '\\']) || host.starts_with('.') {
        return Ok(builder);
    }
    // As Docker has it where no name of a file has a colon.
    let host = if cfg!(windows) { host.replace(':', "") } else { host.to_owned() };
    for folder in places.certificates.iter().map(|folder| folder.join(&host)) {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        files.sort();
        for path in files {
            let bad = |why: &str| Trouble::host_down(format!("{}: {why}", path.display()));
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("crt") => {
                    let found = Certificate::from_pem_bundle(&contents(&path)?).unwrap_or_default();
                    if found.is_empty() {
                        return Err(bad("no certificate"));
                    }
                    builder = builder.tls_certs_merge(found);
                }
                Some("cert") => {
                    let mut pem = contents(&path)?;
                    pem.push(b'\n');
                    pem.extend(contents(&path.with_extension("key"))?);
                    builder = builder
                        .identity(Identity::from_pem(&pem).map_err(|_said_worse| bad("no certificate"))?);
                }
                _ => {}
            }
        }
    }
    Ok(builder)
}

/// True if whoever was spoken to speaks TLS, and only did not come to terms.
pub(super) fn is_spoken(error: &reqwest::Error) -> bool {
    use rustls::Error as Tls;
    said_by_tls(error).is_some_and(|said| {
        matches!(
            said,
            Tls::InvalidCertificate(_)
                | Tls::NoCertificatesPresented
                | Tls::AlertReceived(_)
                | Tls::PeerIncompatible(_)
        )
    })
}

fn said_by_tls<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    if let Some(said) = error.downcast_ref() {
        return Some(said);
    }
    // What such an error wraps is not its source: that is the source of what it wraps.
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => said_by_tls(wrapped),
        None => said_by_tls(error.source()?),
    }
}

fn contents(path: &Path) -> Result<Vec<u8>, Trouble> {
    fs::read(path).map_err(|error| Trouble::host_down(format!("{}: {error}", path.display())))
}
