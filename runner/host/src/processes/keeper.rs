use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::group::{Exit, Group};
use super::state::State;

/// How often a group is looked at that outlived its program.
const LOOK: Duration = Duration::from_millis(500);

/// How often it is looked at when it has been told to end.
const LOOK_CLOSELY: Duration = Duration::from_millis(10);

/// How long a group may take to vanish after it was killed. What is still there then is deep in a system call, or dead
/// and not fetched by a machine's process 1 that fetches nobody.
const VANISH: Duration = Duration::from_millis(100);

/// Keeps a group from its start to its end: hears of the program's end, carries out orders to end `by` a moment, leaves
/// no zombie. `place` is given back when the program itself has ended.
pub(super) async fn keep<P>(mut group: Group, mut by: watch::Receiver<Option<Instant>>, state: Arc<State>, place: P) {
    let mut told = Told::Nothing;
    let exit = loop {
        tokio::select! {
            ended = group.ended() => break ended.unwrap_or(Exit::Code(-1)),
            () = obey(&mut by, &mut told) => carry_out(&mut group, &told),
        }
    };
    // Who hears of the end may start the next program at once.
    drop(place);
    state.ended(exit);
    // Those that it started may live on until the step's end, as any program's children may.
    loop {
        let (over, look) = match told {
            Told::Nothing => (group.is_gone(), LOOK),
            Told::ToEnd | Told::Killed(_) => (group.is_dead(), LOOK_CLOSELY),
        };
        if over || matches!(told, Told::Killed(since) if since.elapsed() > VANISH) {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(look) => {}
            () = obey(&mut by, &mut told) => carry_out(&mut group, &told),
        }
    }
}

/// What a group has been told so far.
#[derive(Clone, Copy)]
enum Told {
    Nothing,
    ToEnd,
    Killed(Instant),
}

/// Waits until there is something to tell, and notes that it is told.
async fn obey(by: &mut watch::Receiver<Option<Instant>>, told: &mut Told) {
    loop {
        let order = *by.borrow_and_update();
        match (*told, order) {
            (Told::Killed(_), _) => std::future::pending().await,
            (_, Some(by)) if by <= Instant::now() => {
                *told = Told::Killed(Instant::now());
                return;
            }
            (Told::Nothing, Some(_)) => {
                *told = Told::ToEnd;
                return;
            }
            _ => {}
        }
        let due = async {
            match order {
                Some(by) => tokio::time::sleep_until(by).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = due => {}
            changed = by.changed() => if changed.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

fn carry_out(group: &mut Group, told: &Told) {
    match told {
        Told::Nothing => {}
        Told::ToEnd => group.terminate(),
        Told::Killed(_) => group.kill(),
    }
}
