//! Keys whose private half everybody can read: in a specification, on a page that explains tokens.
//!
//! A deployment that began as an example keeps such a key, and then anybody signs its tokens. So these keys are of
//! no use here, in any profile. They are known by their thumbprint (RFC 7638), whatever they are called.
//!
//! Controls: AU-05, JW-03

use jsonwebtoken::jwk::{Jwk, ThumbprintHash};

/// Their thumbprints.
const SAMPLES: [&str; 5] = [
    // RFC 7515, appendix A.3.
    "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U",
    // RFC 7517, appendix A.
    "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s",
    // RFC 7638, section 3.1; RFC 7517, appendix A.
    "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
    // RFC 8037, appendix A.
    "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
    // The example of ES256 on jwt.io.
    "19J8y7Zprt2-QKLjF2I5pVk0OELX6cY2AfaAv1LC_w8",
];

/// Whether everybody has the private half of this key.
pub(super) fn is_one(key: &Jwk) -> bool {
    let thumbprint = key.thumbprint(ThumbprintHash::SHA256);
    thumbprint.is_ok_and(|thumbprint| SAMPLES.contains(&&*thumbprint))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_sample_is_known_by_what_it_is_and_not_by_its_name() {
        let key = |x: &str, y: &str| {
            let key = json!({ "kty": "EC", "crv": "P-256", "kid": "ours", "x": x, "y": y });
            serde_json::from_value::<Jwk>(key).unwrap()
        };
        let of_rfc_7515 = key(
            "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        );
        let of_jwt_io = key(
            "EVs_o5-uQbTjL3chynL4wXgUg2R9q9UU8I5mEovUf84",
            "kGe5DgSIycKp8w9aJmoHhB1sB3QTugfnRWm5nU_TzsY",
        );
        assert!(is_one(&of_rfc_7515) && is_one(&of_jwt_io));
        let other = key(
            "EVs_o5-uQbTjL3chynL4wXgUg2R9q9UU8I5mEovUf84",
            "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        );
        assert!(!is_one(&other));
    }
}
