//! An authority that certifies operators and gateways.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use platform::clock::{Clock, SystemClock};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    RevokedCertParams, SanType, SerialNumber,
};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};

/// An authority that certifies operators, and the files of it.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    files: TempDir,
}

impl Default for Authority {
    fn default() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params
            .distinguished_name
            .push(DnType::CommonName, "operators");
        let certificate = params.self_signed(&key).unwrap();
        let files = TempDir::new().unwrap();
        fs::write(files.path().join("ca.pem"), certificate.pem()).unwrap();
        Self {
            issuer: Issuer::new(params, key),
            files,
        }
    }
}

impl Authority {
    /// A file of it by its name, `ca.pem` among them.
    pub fn path(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }

    /// A client's certificate and its key: `<name>.pem` and `<name>.key`.
    pub fn certify(&self, name: &str, serial: u64, until: OffsetDateTime) {
        self.certify_for(ExtendedKeyUsagePurpose::ClientAuth, (name, serial, until));
    }

    /// The same of a server.
    pub fn certify_server(&self, name: &str, serial: u64, until: OffsetDateTime) {
        self.certify_for(ExtendedKeyUsagePurpose::ServerAuth, (name, serial, until));
    }

    fn certify_for(
        &self,
        purpose: ExtendedKeyUsagePurpose,
        (name, serial, until): (&str, u64, OffsetDateTime),
    ) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.subject_alt_names = vec![SanType::Rfc822Name(
            format!("{name}@example.com").try_into().unwrap(),
        )];
        params.serial_number = Some(SerialNumber::from(serial));
        params.not_before = now() - Duration::days(2);
        params.not_after = until;
        params.extended_key_usages = vec![purpose];
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        fs::write(self.path(&format!("{name}.pem")), certificate.pem()).unwrap();
        fs::write(self.path(&format!("{name}.key")), key.serialize_pem()).unwrap();
    }

    /// The list of revoked certificates: `revoked.pem`.
    pub fn revoke(&self, serials: &[u64], next_update: OffsetDateTime) {
        let revoked = serials.iter().map(|serial| RevokedCertParams {
            serial_number: SerialNumber::from(*serial),
            revocation_time: now() - Duration::hours(2),
            reason_code: None,
            invalidity_date: None,
        });
        let list = CertificateRevocationListParams {
            this_update: now() - Duration::days(2),
            next_update,
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: revoked.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let list = list.signed_by(&self.issuer).unwrap().pem().unwrap();
        fs::write(self.path("revoked.pem"), list).unwrap();
    }

    /// A file of settings that name it, with these lines after.
    pub fn settings(&self, more: &str) -> PathBuf {
        self.settings_of("admin", more)
    }

    /// The same for a listener: `admin` or `public`.
    pub fn settings_of(&self, listener: &str, more: &str) -> PathBuf {
        let file = self.path("settings.toml");
        let text = format!(
            "{listener}.tls.client_ca_file = '{}'\n{more}",
            self.path("ca.pem").display()
        );
        fs::write(&file, text).unwrap();
        for entry in fs::read_dir(self.files.path()).unwrap() {
            let path = entry.unwrap().path();
            fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        file
    }
}

fn now() -> OffsetDateTime {
    SystemClock::default().now()
}
