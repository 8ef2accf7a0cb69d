use std::panic::{AssertUnwindSafe, catch_unwind};

use wharf_step::prelude::*;

use super::site::{Files, TestSite};
use crate::cut;

const OLD: Files<'static> = &[("index.html", "old"), ("conf/app.ini", "url=#{Url}")];
const NEW: Files<'static> = &[("index.html", "new one"), ("conf/app.ini", "address=#{Url}"), ("more.html", "more")];

/// What is live, if it is whole.
fn live(site: &TestSite) -> &'static str {
    match (site.read("current/index.html").as_str(), site.read("current/conf/app.ini").as_str()) {
        ("old", "url=http://one") => "old",
        ("new one", "address=http://one") => "new",
        other => panic!("neither the old nor the new release is live: {other:?}"),
    }
}

#[test]
fn a_power_cut_at_any_point_leaves_the_old_or_the_new_release_live() {
    let mut places = 0;
    loop {
        let mut site = TestSite::new();
        let inputs = site.inputs();
        for version in ["0.8", "0.9", "1.0"] {
            let host = site.host(version, OLD);
            site.run(&host, inputs.clone());
        }
        let host = site.host("1.1", NEW);
        cut::after(Some(places));
        let cut_off = catch_unwind(AssertUnwindSafe(|| site.run(&host, inputs.clone()))).is_err();
        cut::after(None);
        if !cut_off {
            assert_eq!(live(&site), "new");
            break;
        }
        live(&site);
        // The same run is taken up again: it still knows what was live before, and leaves nothing behind.
        site.run(&host.clone().attempt(2), inputs.clone());
        assert_eq!(live(&site), "new", "cut at place {places}");
        assert_eq!(host.output("previous"), Some(json!("1.0")), "cut at place {places}");
        let tree = site.tree();
        assert!(!tree.contains(".tmp") && !tree.contains("wharf-tmp"), "cut at place {places}:\n{tree}");
        let before = site.fingerprint();
        let again = site.host("1.1", NEW);
        site.run(&again, inputs);
        assert_eq!(site.fingerprint(), before, "cut at place {places}");
        places += 1;
    }
    assert!(places >= 8, "the power is cut at every place, not only at {places}");
}
