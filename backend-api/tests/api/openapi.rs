//! The description of the API is served, and the copy in the repository is fresh.

use service_kit::testing::{expect_kept_openapi, expect_valid_openapi};

use crate::app::App;

#[tokio::test]
async fn the_description_and_its_ui_are_served_to_everybody() {
    let app = App::start().await;
    let anybody = app.with_token(String::new());
    let document = anybody.get("/openapi.json").await.expect(200).body;
    expect_valid_openapi(&document);
    let kept = expect_kept_openapi(env!("CARGO_MANIFEST_DIR"), &backend_api::routes::document());
    assert_eq!(document, kept);
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(
        document["components"]["securitySchemes"]["bearer"]["scheme"],
        "bearer"
    );
    let page = reqwest::get(format!("{}/docs", app.url())).await.unwrap();
    assert!(page.status().is_success());
    assert!(page.text().await.unwrap().contains("swagger"));
}
