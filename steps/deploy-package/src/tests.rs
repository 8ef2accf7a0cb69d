mod crash;
mod deploying;
mod restoring;
mod site;
