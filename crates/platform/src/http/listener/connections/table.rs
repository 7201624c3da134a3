//! The open connections by group, each group in the order in which its connections would be ended.
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

struct Tracked {
    activity: Arc<Activity>,
    groups: Vec<Group>,
    /// No later than the turn since which it is idle.
    turn: u64,
}

/// Who is connected.
#[derive(Default)]
pub(super) struct Table {
    tracked: HashMap<Id, Tracked>,
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
        let connection = Tracked {
            activity: activity.clone(),
            groups,
            turn: id,
        };
        self.place(id, connection);
        Some(id)
    }

    /// The handshake of a connection is complete.
    pub(super) fn open(&mut self, id: Id) {
        if let Some(mut connection) = self.take(id) {
            let (ended, groups): (Vec<_>, _) = connection
                .groups
                .iter()
                .partition(|group| group.kind.is_handshake());
            for group in ended {
                self.resize(group, |size| size.saturating_sub(1));
            }
            connection.groups = groups;
            self.place(id, connection);
        }
    }

    /// A connection has ended, or must.
    pub(super) fn remove(&mut self, id: Id) {
        if let Some(connection) = self.take(id) {
            for group in connection.groups {
                self.resize(group, |size| size.saturating_sub(1));
            }
        }
    }

    /// A connection that was busy when it was looked at is idle again.
    pub(super) fn idle(&mut self, id: Id) {
        if let Some(mut connection) = self.take(id) {
            connection.turn = connection.activity.turn();
            self.place(id, connection);
        }
    }

    /// Evicts the first of `group` that may go; none when all have a request.
    fn make_room(&mut self, group: Group) -> Option<()> {
        let group = self.handshakes_in(group).unwrap_or(group);
        loop {
            let (id, connection) = self.first(group)?;
            match connection.activity.evict(connection.turn) {
                Found::Evicted => {
                    self.remove(id);
                    return Some(());
                }
                Found::IdleSince(turn) => {
                    let mut connection = self.take(id)?;
                    connection.turn = turn;
                    self.place(id, connection);
                }
                Found::Parked => {
                    let connection = self.take(id)?;
                    self.tracked.insert(id, connection);
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
    fn first(&self, group: Group) -> Option<(Id, &Tracked)> {
        let (found, _, id) = self.order.range((group, 0, 0)..).next()?;
        let connection = self.tracked.get(id).filter(|_| *found == group)?;
        Some((*id, connection))
    }

    fn place(&mut self, id: Id, connection: Tracked) {
        let places = connection
            .groups
            .iter()
            .map(|group| (*group, connection.turn, id));
        self.order.extend(places);
        self.tracked.insert(id, connection);
    }

    fn take(&mut self, id: Id) -> Option<Tracked> {
        let connection = self.tracked.remove(&id)?;
        for group in &connection.groups {
            self.order.remove(&(*group, connection.turn, id));
        }
        Some(connection)
    }

    /// Has every connection look at where it stands.
    pub(super) fn wake_all(&self) {
        for connection in self.tracked.values() {
            connection.activity.wake();
        }
    }

    /// Who is connected.
    pub(super) fn len(&self) -> usize {
        self.tracked.len()
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
        self.tracked.is_empty()
            && self.order.is_empty()
            && self.sizes.is_empty()
            && self.largest.is_empty()
    }
}
