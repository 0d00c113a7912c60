//! Proof of labs: a broken lab is refused where it is broken.
