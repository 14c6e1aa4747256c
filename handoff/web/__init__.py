"""HTTP and sockets: what browsers say and hear."""
