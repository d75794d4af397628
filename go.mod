module users-organizations

go 1.26.0
