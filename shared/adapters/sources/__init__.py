"""Ad and analytics platforms over plain HTTP: their words end here."""
