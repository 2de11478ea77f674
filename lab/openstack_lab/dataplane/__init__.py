"""Profile `full`: what carries traffic and boots servers, in namespaces of the lab's own."""
