gunicorn --preload --workers 2 --timeout 30 gunicorn_app:app
