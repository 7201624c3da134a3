//! Chains made for one fault each.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PKCS_RSA_SHA256, RsaKeySize,
    SignatureAlgorithm,
};
use time::Duration;

use super::*;

const NOW: i64 = 1_900_000_000;

fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(NOW).unwrap()
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec!["api.example.com".to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = now() - Duration::days(10);
    params.not_after = now() + Duration::days(10);
    params
}

fn authority(name: &str) -> CertificateParams {
    let mut authority = params(name);
    authority.subject_alt_names = Vec::new();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority
}

/// A root, one that it certifies, and a server that this one certifies, from the server up.
fn chain(
    change: impl FnOnce(&mut CertificateParams, &mut CertificateParams),
) -> Vec<CertificateDer<'static>> {
    let (mut server, mut middle) = (params("server"), authority("middle"));
    change(&mut server, &mut middle);
    let [server_key, middle_key, root_key] = [(); 3].map(|()| KeyPair::generate().unwrap());
    let root = authority("root");
    let of_root = root.self_signed(&root_key).unwrap().der().clone();
    let root = Issuer::new(root, root_key);
    let of_middle = middle.signed_by(&middle_key, &root).unwrap().der().clone();
    let middle = Issuer::new(middle, middle_key);
    let of_server = server
        .signed_by(&server_key, &middle)
        .unwrap()
        .der()
        .clone();
    vec![of_server, of_middle, of_root]
}

fn hosts(names: &[&[&str]]) -> Vec<Vec<String>> {
    let list = |names: &&[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    names.iter().map(list).collect()
}

fn fault(chain: &[CertificateDer<'static>]) -> Option<ChainFault> {
    judge(chain, &[], now()).err()
}

#[test]
fn a_chain_begins_with_the_servers_own_and_goes_up() {
    let sound = chain(|_, _| {});
    let [server, middle, root] = &sound[..] else {
        panic!("{sound:?}");
    };
    let order = |chain: &[&CertificateDer<'static>]| {
        let chain: Vec<_> = chain.iter().map(|one| (*one).clone()).collect();
        fault(&chain)
    };
    assert_eq!(order(&[server, middle, root]), None);
    assert_eq!(order(&[server, middle]), None, "the root is left out");
    assert_eq!(order(&[server]), None, "clients may know its issuer");
    assert_eq!(order(&[server, root]), Some(ChainFault::Order(1)));
    assert_eq!(order(&[server, middle, server]), Some(ChainFault::Order(2)));
    assert_eq!(order(&[middle, server]), Some(ChainFault::Order(1)));
    // Of the same names, and not by the same keys.
    let other = chain(|_, _| {});
    assert_eq!(order(&[server, &other[1]]), Some(ChainFault::Signature));
}

#[test]
fn every_certificate_of_a_chain_is_in_force() {
    let day = now().date();
    let late = |params: &mut CertificateParams| params.not_after = now() - Duration::seconds(1);
    let early = |params: &mut CertificateParams| params.not_before = now() + Duration::seconds(1);
    let expired = |number| Some(ChainFault::Expired(number, day));
    assert_eq!(fault(&chain(|server, _| late(server))), expired(1));
    assert_eq!(fault(&chain(|_, middle| late(middle))), expired(2));
    let not_yet = Some(ChainFault::NotYetValid(1, day));
    assert_eq!(fault(&chain(|server, _| early(server))), not_yet);
}

#[test]
fn a_certificate_is_for_servers_and_by_an_authority() {
    let for_clients = chain(|server, _| {
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    });
    assert_eq!(fault(&for_clients), Some(ChainFault::Signature));
    let by_nobody = chain(|_, middle| middle.is_ca = IsCa::ExplicitNoCa);
    assert_eq!(fault(&by_nobody), Some(ChainFault::Signature));
}

#[test]
fn a_certificate_is_for_the_hosts_that_are_configured() {
    let sound = chain(|server, _| {
        let address = "::1".parse().unwrap();
        server
            .subject_alt_names
            .push(rcgen::SanType::IpAddress(address));
    });
    let asked = |names: &[&[&str]]| judge(&sound, &hosts(names), now()).err();
    let not_for = |name: &str| Some(ChainFault::Name(name.to_owned()));
    assert_eq!(asked(&[&["api.example.com"], &["[::1]"]]), None);
    assert_eq!(
        asked(&[&["localhost", "api.example.com"]]),
        None,
        "one of them"
    );
    assert_eq!(
        asked(&[&["api.example.com"], &["localhost"]]),
        not_for("localhost")
    );
    assert_eq!(asked(&[&["127.0.0.1"]]), not_for("127.0.0.1"));
    // The common name counts for no client.
    assert_eq!(asked(&[&["server"]]), not_for("server"));
}

#[test]
fn a_key_has_128_bits_of_strength() {
    let with = |key: &KeyPair| {
        let made = params("server").self_signed(key).unwrap();
        fault(&[made.der().clone()])
    };
    let of: [&'static SignatureAlgorithm; 3] = [
        &PKCS_ECDSA_P256_SHA256,
        &PKCS_ECDSA_P384_SHA384,
        &PKCS_ED25519,
    ];
    for algorithm in of {
        assert_eq!(with(&KeyPair::generate_for(algorithm).unwrap()), None);
    }
    let rsa = |size| KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, size).unwrap();
    assert_eq!(with(&rsa(RsaKeySize::_2048)), Some(ChainFault::WeakKey(1)));
    assert_eq!(with(&rsa(RsaKeySize::_3072)), None);
}
