mod concurrent;
mod crash;
mod damage;
mod deploying;
mod purging;
mod restoring;
mod site;
