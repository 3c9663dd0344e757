"""What `warroom doctor` looks at, one part of the installation a file."""
