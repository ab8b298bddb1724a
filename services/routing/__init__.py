"""routing 转办: from a transferred case to the department's answer."""
