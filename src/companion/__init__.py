"""The book's apparatus, on top of ``factrank``: studies, pictures, exercises."""
