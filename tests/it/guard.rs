//! What stands in front of every route.

use crate::support::{Hall, Page};
use guildhall::hall::routes;

#[test]
fn acts_from_elsewhere_are_refused() {
    let hall = Hall::start();
    let ana = hall.person("Ana");
    let send = |headers: &[(&str, &str)]| ana.browser.post_with("/coops", &[("name", "Forged"), ("purpose", "x"), ("currency", "EUR"), ("zone", "UTC")], headers).status;
    for headers in [&[("Sec-Fetch-Site", "cross-site")][..], &[("Sec-Fetch-Site", "same-site")], &[("Origin", "https://evil.example")], &[("Origin", "null")], &[], &[("Authorization", "Bearer x")]] {
        assert_eq!(send(headers), 403, "{headers:?}");
    }
    assert_eq!(hall.read(guildhall::membership::coops::all).len(), 0);
    assert_eq!(send(&[("Origin", &hall.url)]), 303, "an older browser on our own page");
}

/// The headers that every answer wears, whatever it is.
fn dressed(page: &Page, path: &str) {
    let headers = [
        ("x-content-type-options", "nosniff"), ("referrer-policy", "same-origin"), ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"), ("strict-transport-security", "max-age=31536000; includeSubDomains"), ("x-frame-options", "DENY"),
    ];
    for (name, value) in headers {
        assert_eq!(page.headers.get(name).map(String::as_str), Some(value), "{path}: {name}");
    }
    assert!(page.headers.contains_key("permissions-policy") && page.headers.contains_key("content-security-policy"), "{path}");
}

#[test]
fn every_answer_wears_the_headers_and_no_page_has_inline_anything() {
    let hall = Hall::start();
    let ana = hall.person("Ana");
    hall.coop(&ana, "Callworkers");
    for line in routes::table().iter().filter(|line| line.method == "GET") {
        let path = line.path.replace("{coop}", "callworkers").replace("{name:.*}", "guildhall.css").replace("{id}", "x");
        let page = ana.browser.get(&path);
        assert!(page.status < 500, "{path}: {}", page.status);
        let csp = &page.headers["content-security-policy"];
        assert!(csp.starts_with("default-src 'none'") && !csp.contains("unsafe"), "{path}");
        dressed(&page, &path);
        if page.headers.get("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
            assert_eq!(page.headers["cache-control"], "no-store", "{path}");
            for inline in [" style=\"", " onclick", "<style", "javascript:", "data:"] {
                assert!(!page.body.contains(inline), "{path} has {inline}");
            }
        }
    }
    let nothing = hall.visitor().get("/nowhere");
    assert_eq!(nothing.status, 404);
    assert!(nothing.has("Nothing here"));
    dressed(&nothing, "nothing there");
    dressed(&hall.visitor().get("/static/guildhall.css"), "a file");
    dressed(&hall.visitor().get("/home"), "a way to sign in");
    dressed(&hall.visitor().post_with("/coops", &[], &[("Sec-Fetch-Site", "cross-site")]), "a refusal");
}

#[test]
fn pages_for_members_send_visitors_to_sign_in_and_back() {
    let hall = Hall::start();
    let ana = hall.person("Ana");
    hall.coop(&ana, "Callworkers");
    for path in ["/home", "/settings", "/coops/new", "/c/callworkers/members", "/c/callworkers/join"] {
        let page = hall.visitor().get(path);
        assert_eq!((page.status, page.location()), (303, format!("/sign-in?next={path}").as_str()), "{path}");
    }
}

#[test]
fn too_much_is_refused_before_it_is_kept() {
    let hall = Hall::start();
    let ana = hall.person("Ana");
    let long = "x".repeat(300_000);
    assert_eq!(ana.browser.post("/coops", &[("name", &long)]).status, 413);
    let odd = ana.browser.post("/coops", &[("name", "a\u{0}b"), ("purpose", "p"), ("currency", "EUR"), ("zone", "UTC")]);
    assert_eq!(odd.status, 422, "what is left of the name is too short");
}

#[test]
fn no_link_of_ours_leads_nowhere() {
    let hall = Hall::start();
    let ana = hall.person("Ana");
    hall.coop(&ana, "Callworkers");
    for browser in [ana.browser.clone(), hall.visitor()] {
        let (mut seen, mut ahead) = (std::collections::BTreeSet::new(), vec!["/".to_owned()]);
        while let Some(path) = ahead.pop() {
            if !seen.insert(path.clone()) {
                continue;
            }
            let page = browser.get(&path);
            assert!(page.status < 400, "{path} answers {}", page.status);
            let html = scraper::Html::parse_document(&page.body);
            let links = scraper::Selector::parse("a[href], link[href], script[src]").unwrap();
            for link in html.select(&links) {
                let target = link.value().attr("href").or_else(|| link.value().attr("src")).unwrap_or_default();
                let target = target.split(['#', '?']).next().unwrap_or_default();
                if target.starts_with('/') {
                    ahead.push(target.to_owned());
                }
            }
        }
        assert!(seen.len() > 8, "the crawl saw only {seen:?}");
    }
}
