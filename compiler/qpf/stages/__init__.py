"""The line: one stage a module, one public function of the same name, pure."""
