//! Another place among the others.

use crate::change::Change;
use crate::domain::invalid::Pointer;
use crate::domain::order::OrderKey;
use crate::error::Error;
use crate::input::place::PlaceInput;
use crate::store::Ordered;

/// The place that is asked for; none if `moved` is there already.
pub(super) async fn place<T: Ordered + PartialEq>(
    change: &mut Change<'_>,
    moved: &T,
    place: &PlaceInput,
) -> Result<Option<OrderKey>, Error> {
    let (id, side, field) = place.beside()?;
    let at = Pointer::root().child(field);
    let beside = change.find::<T>(T::Id::from(id)).await?;
    let beside = beside.ok_or_else(|| at.invalid(format!("there is no such {}", T::NAME)))?;
    if beside == *moved {
        return Ok(None);
    }
    change.place_beside(moved, &beside, side).await
}
