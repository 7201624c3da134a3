//! The open connections in the order in which they would go, by group.
//!
//! Requests do not move their connection in this order: that would be a lock for each. The order is
//! put right where it is looked at. A connection at its head that has had a request since moves back;
//! one that is busy leaves, and comes back when its answer is complete. So each step is paid for by a
//! request, and making room costs O(log n).

use std::{
    collections::{BTreeSet, HashMap},
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};

use super::{
    activity::{Activity, Found},
    groups::{Bounds, Group, Kind},
};
use crate::audit::Reason;

/// More handshakes of one network at a time go before connections that are open. Fewer do not: then
/// each newcomer would end the handshake of the newcomer before it.
const FEW_HANDSHAKES: usize = 8;
const LAST_ADDRESS: IpAddr = IpAddr::V6(Ipv6Addr::from_bits(u128::MAX));

/// The turn of its beginning.
pub(super) type Id = u64;

/// A group that had no room, and who holds most of it: an address; of a network or of handshakes,
/// the first address of the network.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Full {
    pub reason: Reason,
    pub holder: Option<IpAddr>,
}

struct Seat {
    activity: Arc<Activity>,
    groups: Vec<Group>,
    /// No later than the turn since which it is idle.
    turn: u64,
}

/// Who is connected.
#[derive(Default)]
pub(super) struct Table {
    seats: HashMap<Id, Seat>,
    /// All but the busy ones that have been looked at.
    order: BTreeSet<(Group, u64, Id)>,
    sizes: HashMap<Group, usize>,
    largest: BTreeSet<(Kind, usize, IpAddr)>,
}

impl Table {
    /// Takes a connection in, and evicts others where a group has no room; none when nobody can go.
    /// `full` says which groups had no room.
    pub(super) fn admit(
        &mut self,
        groups: Vec<Group>,
        activity: &Arc<Activity>,
        bounds: &Bounds,
        full: &mut Vec<Full>,
    ) -> Option<Id> {
        for group in &groups {
            let bound = bounds.most(group.kind).unwrap_or(usize::MAX);
            if self.size(*group) >= bound {
                full.push(self.full(*group));
                self.make_room(*group)?;
            }
        }
        let id = activity.turn();
        for group in &groups {
            self.resize(*group, |size| size + 1);
        }
        let seat = Seat {
            activity: activity.clone(),
            groups,
            turn: id,
        };
        self.place(id, seat);
        Some(id)
    }

    /// The handshake of a connection is complete.
    pub(super) fn open(&mut self, id: Id) {
        if let Some(mut seat) = self.take(id) {
            let (ended, groups): (Vec<_>, _) = seat
                .groups
                .iter()
                .partition(|group| group.kind.is_handshake());
            for group in ended {
                self.resize(group, |size| size.saturating_sub(1));
            }
            seat.groups = groups;
            self.place(id, seat);
        }
    }

    /// A connection has ended, or must.
    pub(super) fn remove(&mut self, id: Id) {
        if let Some(seat) = self.take(id) {
            for group in seat.groups {
                self.resize(group, |size| size.saturating_sub(1));
            }
        }
    }

    /// A connection that was busy when it was looked at is idle again.
    pub(super) fn idle(&mut self, id: Id) {
        if let Some(mut seat) = self.take(id) {
            seat.turn = seat.activity.turn();
            self.place(id, seat);
        }
    }

    /// Evicts the first of `group` that may go; none when all have a request.
    fn make_room(&mut self, group: Group) -> Option<()> {
        let group = self.handshakes_in(group).unwrap_or(group);
        loop {
            let (id, seat) = self.first(group)?;
            match seat.activity.evict(seat.turn) {
                Found::Evicted => {
                    self.remove(id);
                    return Some(());
                }
                Found::IdleSince(turn) => {
                    let mut seat = self.take(id)?;
                    seat.turn = turn;
                    self.place(id, seat);
                }
                Found::Parked => {
                    let seat = self.take(id)?;
                    self.seats.insert(id, seat);
                }
            }
        }
    }

    /// The handshakes that go before all others of `group`: those of the network with most of them.
    fn handshakes_in(&self, group: Group) -> Option<Group> {
        let many = |found: &Group| self.size(*found) > FEW_HANDSHAKES;
        let kind = Kind::HandshakesOfNetwork;
        match group.kind {
            Kind::Handshakes => self.most(kind),
            Kind::Outside | Kind::All => self.most(kind).filter(many),
            Kind::Network => Some(Group { kind, ..group }).filter(many),
            Kind::Address | Kind::HandshakesOfNetwork => None,
        }
    }

    /// Who goes next.
    fn first(&self, group: Group) -> Option<(Id, &Seat)> {
        let (found, _, id) = self.order.range((group, 0, 0)..).next()?;
        let seat = self.seats.get(id).filter(|_| *found == group)?;
        Some((*id, seat))
    }

    fn place(&mut self, id: Id, seat: Seat) {
        let places = seat.groups.iter().map(|group| (*group, seat.turn, id));
        self.order.extend(places);
        self.seats.insert(id, seat);
    }

    fn take(&mut self, id: Id) -> Option<Seat> {
        let seat = self.seats.remove(&id)?;
        for group in &seat.groups {
            self.order.remove(&(*group, seat.turn, id));
        }
        Some(seat)
    }

    pub(super) fn size(&self, group: Group) -> usize {
        self.sizes.get(&group).copied().unwrap_or(0)
    }

    fn resize(&mut self, group: Group, change: impl FnOnce(usize) -> usize) {
        let Group { kind, of } = group;
        let before = self.size(group);
        let after = change(before);
        self.largest.remove(&(kind, before, of));
        if after == 0 {
            self.sizes.remove(&group);
        } else {
            self.sizes.insert(group, after);
            self.largest.insert((kind, after, of));
        }
    }

    /// The largest group of a kind.
    fn most(&self, kind: Kind) -> Option<Group> {
        let up_to = ..=(kind, usize::MAX, LAST_ADDRESS);
        let (found, _, of) = self.largest.range(up_to).next_back()?;
        (*found == kind).then_some(Group { kind, of: *of })
    }

    fn full(&self, group: Group) -> Full {
        let largest = match group.kind {
            Kind::Outside | Kind::All => self.most(Kind::Address),
            Kind::Handshakes => self.most(Kind::HandshakesOfNetwork),
            Kind::Address | Kind::Network | Kind::HandshakesOfNetwork => Some(group),
        };
        Full {
            reason: group.kind.reason(),
            holder: largest.map(|group| group.of),
        }
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.seats.is_empty()
            && self.order.is_empty()
            && self.sizes.is_empty()
            && self.largest.is_empty()
    }
}
