use std::fs;
use std::os::unix::fs::PermissionsExt;

use insta::assert_snapshot;

use super::site::{FILES, TestSite};

#[test]
fn damage_is_repaired_beside_what_is_live() {
    for damage in ["missing", "size", "bytes", "mode", "tokens", "kind"] {
        let mut site = TestSite::new();
        site.deploy("1.0");
        let (page, conf) = (site.into.join("current/index.html"), site.into.join("current/conf/app.ini"));
        match damage {
            "missing" => fs::remove_file(page),
            "size" => fs::write(page, "<h1>"),
            "bytes" => fs::write(page, "<h1>Shoq</h1>"),
            "mode" => fs::set_permissions(page, fs::Permissions::from_mode(0o600)),
            "tokens" => fs::write(conf, "url=http://xyz\r\n"),
            _ => fs::remove_file(&page).and_then(|()| fs::create_dir(&page)),
        }
        .expect("the damage is done");
        let said = site.deploy("1.0");
        assert!(said.contains("is deployed anew"), "{damage}: {said}");
        assert_eq!(site.read("current/index.html"), FILES[0].1);
        assert_eq!(site.read("current/conf/app.ini"), "url=http://one\r\n");
        assert_eq!(fs::read_link(site.into.join("current")).expect("it is a link").to_str(), Some("releases/1.0_1"));
    }
}

#[test]
fn what_the_application_writes_does_not_matter() {
    let mut site = TestSite::new();
    site.deploy("1.0");
    fs::write(site.into.join("current/app.log"), "started").expect("it can be written");
    fs::create_dir_all(site.into.join("current/cache/deep")).expect("it can be made");
    let before = site.fingerprint();
    assert_snapshot!(site.deploy("1.0"), @"
    debug: in 1.0 there is what is not in the package: app.log, cache
    info: Shop 1.0 is live already
    ");
    assert_eq!(site.fingerprint(), before);
}

#[test]
fn without_a_manifest_the_package_is_compared() {
    let mut site = TestSite::new();
    site.deploy("1.0");
    fs::remove_dir_all(site.into.join(".wharf/manifests")).expect("they are there");
    assert_snapshot!(site.deploy("1.0"), @"info: Shop 1.0 is live already");
    fs::write(site.into.join("current/index.html"), "<h1>Shoq</h1>").expect("it can be written");
    assert!(site.deploy("1.0").contains("index.html is not as it should be"));
}
