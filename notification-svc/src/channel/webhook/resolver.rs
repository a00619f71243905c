//! DNS for outbound calls: what a name resolves to is filtered here, inside the connection's own look-up, so that a
//! name cannot show one address to a check and another to the connection.

use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;

use crate::domain::allow_list::AllowList;
use crate::domain::destination::Reach;

/// Resolves names to the addresses that a call may reach.
pub(super) struct FilteredResolver {
    reach: Reach,
    allow_list: Arc<AllowList>,
    names: Arc<dyn Resolve>,
}

/// The names that the operating system knows.
pub(super) struct SystemNames;

/// A name behind which there is no address that may be called.
#[derive(Debug, Error)]
#[error("the name leads only to addresses that must not be called")]
pub(super) struct Blocked;

impl FilteredResolver {
    pub(super) fn new(reach: Reach, allow_list: Arc<AllowList>, names: Arc<dyn Resolve>) -> Self {
        Self {
            reach,
            allow_list,
            names,
        }
    }
}

impl Resolve for FilteredResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (reach, allow_list) = (self.reach, Arc::clone(&self.allow_list));
        let found = self.names.resolve(name);
        Box::pin(async move {
            let admitted: Vec<SocketAddr> = found
                .await?
                .filter(|address| reach.includes(address.ip(), &allow_list))
                .collect();
            if admitted.is_empty() {
                return Err(Blocked.into());
            }
            Ok(Box::new(admitted.into_iter()) as Addrs)
        })
    }
}

impl Resolve for SystemNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(Box::new(found.collect::<Vec<_>>().into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::sync::Mutex;

    use reqwest::Client;
    use wiremock::matchers::any;
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::*;
    use crate::channel::webhook::client::{Answer, client};

    async fn resolve(reach: Reach, allow_list: &str) -> Result<Vec<SocketAddr>, String> {
        let allow_list = Arc::new(allow_list.parse().unwrap());
        let found = FilteredResolver::new(reach, allow_list, Arc::new(SystemNames))
            .resolve("localhost".parse().unwrap())
            .await;
        found.map(Iterator::collect).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_leads_nowhere() {
        assert_eq!(resolve(Reach::Public, "").await, Err(Blocked.to_string()));
        assert_eq!(
            resolve(Reach::Exempted, "10.0.0.0/8").await,
            Err(Blocked.to_string())
        );
    }

    #[tokio::test]
    async fn only_the_admitted_addresses_of_a_name_are_left() {
        let found = resolve(Reach::Public, "127.0.0.0/8").await.unwrap();
        assert!(
            !found.is_empty() && found.iter().all(SocketAddr::is_ipv4),
            "{found:?}"
        );
        assert!(!resolve(Reach::Named, "").await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn the_connection_itself_goes_through_the_filter() {
        let client = client(Reach::Public, &Arc::default(), Arc::new(SystemNames)).unwrap();
        let error = client.post("https://localhost/").send().await.unwrap_err();
        assert_eq!(Answer::from_error(&error), Answer::Blocked);
    }

    /// A name server that gives another answer at each look-up, as who rebinds a name does.
    struct Rebinding {
        answers: Mutex<Vec<Vec<IpAddr>>>,
    }

    impl Rebinding {
        fn new(answers: &[&[&str]]) -> Arc<Self> {
            let addresses =
                |answer: &&[&str]| answer.iter().map(|address| address.parse().unwrap()).collect();
            let mut answers: Vec<Vec<IpAddr>> = answers.iter().map(addresses).collect();
            answers.reverse();
            Arc::new(Self {
                answers: Mutex::new(answers),
            })
        }

        fn left(&self) -> usize {
            self.answers.lock().unwrap().len()
        }
    }

    impl Resolve for Rebinding {
        fn resolve(&self, _: Name) -> Resolving {
            let answer = self.answers.lock().unwrap().pop().expect("a look-up too many");
            let found: Vec<_> = answer
                .into_iter()
                .map(|address| SocketAddr::new(address, 0))
                .collect();
            Box::pin(async move { Ok(Box::new(found.into_iter()) as Addrs) })
        }
    }

    /// Answers on 127.0.0.1, the one address that is exempted, and closes each connection.
    async fn receiver() -> MockServer {
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(200).insert_header("connection", "close");
        Mock::given(any()).respond_with(answer).mount(&server).await;
        server
    }

    async fn call(client: &Client, server: &MockServer) -> Result<u16, Answer> {
        let url = format!("http://rebound.example:{}/", server.address().port());
        let answer = client.post(url).send().await;
        answer
            .map(|response| response.status().as_u16())
            .map_err(|error| Answer::from_error(&error))
    }

    #[tokio::test]
    async fn a_name_that_is_rebound_is_called_where_its_own_look_up_led_and_nowhere_else() {
        let server = receiver().await;
        let outside: &[&str] = &["127.0.0.1"];
        // The wildcard address leads to the same server, so that a call past the filter would be answered.
        let inside: &[&str] = &["0.0.0.0"];
        let names = Rebinding::new(&[outside, inside, &["0.0.0.0", "127.0.0.1"]]);
        let allow_list = Arc::new("127.0.0.1/32".parse().unwrap());
        let client = client(Reach::Exempted, &allow_list, names.clone()).unwrap();
        assert_eq!(call(&client, &server).await, Ok(200));
        assert_eq!(
            names.left(),
            2,
            "one look-up a connection: none is judged and another used"
        );
        assert_eq!(call(&client, &server).await, Err(Answer::Blocked));
        assert_eq!(server.received_requests().await.unwrap().len(), 1);
        assert_eq!(
            call(&client, &server).await,
            Ok(200),
            "the admitted address is left"
        );
        assert_eq!(names.left(), 0);
    }
}
