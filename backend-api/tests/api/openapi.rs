//! The description of the API is served, and the copy in the repository is fresh.

use crate::app::App;

const SNAPSHOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
const UPDATE: &str = "UPDATE_OPENAPI";

#[test]
fn the_snapshot_is_what_the_code_says() {
    let fresh = backend_api::routes::document().to_pretty_json().unwrap() + "\n";
    #[expect(
        clippy::disallowed_methods,
        reason = "tests have no command line of their own"
    )]
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(SNAPSHOT, &fresh).unwrap();
    }
    let kept = std::fs::read_to_string(SNAPSHOT).unwrap();
    assert!(
        kept == fresh,
        "openapi.json is stale: run the tests of backend-api with {UPDATE}=1 and read the difference"
    );
}

#[tokio::test]
async fn the_description_and_its_ui_are_served_to_everybody() {
    let app = App::start().await;
    let anybody = app.with_token(String::new());
    let document = anybody.get("/openapi.json").await.expect(200).body;
    service_kit::testing::expect_valid_openapi(&document);
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(
        document["components"]["securitySchemes"]["bearer"]["scheme"],
        "bearer"
    );
    let page = reqwest::get(format!("{}/docs", app.url())).await.unwrap();
    assert!(page.status().is_success());
    assert!(page.text().await.unwrap().contains("swagger"));
}
